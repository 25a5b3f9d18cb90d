#include "wire/program_channel.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sock/error.hpp"
#include "wire/tls_error.hpp"

namespace sock::wire {

void EndableChannel::end_reading() noexcept {
  ended_ = true;
  // For the loop's sake: it makes the socket readable. Streams then read their end, datagram
  // sockets still "would block". That it is no longer connected does not matter. Sockets of CAN and
  // packets cannot: whoever waits for them has to be told to look again.
  ::shutdown(socket_->read_fd().get(), SHUT_RD);
}

void EndableChannel::stop_reading() noexcept {
  stopped_ = to_be_stopped_ = true;
  const FdRef fd = socket_->read_fd();
  if (::shutdown(fd.get(), SHUT_RD) == 0) return;
  // A pipe: its end of it is closed, though not its number, which the loop may watch.
  if (const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC)); null)
    ::dup3(null.get(), fd.get(), O_CLOEXEC);
}

io::Attempt EndableChannel::try_read(std::span<std::byte> room) try {
  if (stopped_) {
    to_be_stopped_ = false;
    return io::Attempt::end();
  }
  const io::Attempt attempt = socket_->try_read(room);
  return ended_ && attempt == io::Attempt::blocked() ? io::Attempt::end() : attempt;
} catch (const wire::TlsError& error) {
  if (ended_ && error.code() == wire::TlsErrc::cut_short) return io::Attempt::end();  // by us
  throw;
}

io::Attempt ProgramChannel::try_read(std::span<std::byte> room) try {
  return EndableChannel::try_read(room);
} catch (const ConnectionError&) {  // it ended with input unread; what it wrote is to be read yet
  return EndableChannel::try_read(room);
}

io::Attempt ProgramChannel::try_write(std::span<const std::byte> data) try {
  return is_deaf_ ? io::Attempt::moved(data.size()) : EndableChannel::try_write(data);
} catch (const ConnectionError&) {
  is_deaf_ = true;
  if (const auto deaf = std::exchange(deaf_, nullptr)) deaf();
  return io::Attempt::moved(data.size());
}

}  // namespace sock::wire
