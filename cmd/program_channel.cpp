#include "cmd/program_channel.hpp"

#include <sys/socket.h>

#include "sock/error.hpp"
#include "wire/tls_error.hpp"

namespace sock::cmd {

void EndableChannel::end_reading() noexcept {
  ended_ = true;
  // For the loop's sake: it makes the socket readable. Streams then read their end, datagram
  // sockets still "would block". That it is no longer connected does not matter.
  ::shutdown(socket_->read_fd().get(), SHUT_RD);
}

io::Attempt EndableChannel::try_read(std::span<std::byte> room) try {
  const io::Attempt attempt = socket_->try_read(room);
  return ended_ && attempt == io::Attempt::blocked() ? io::Attempt::end() : attempt;
} catch (const wire::TlsError& error) {
  if (ended_ && error.code() == wire::TlsErrc::cut_short) return io::Attempt::end();  // by us
  throw;
}

io::Attempt ProgramChannel::try_read(std::span<std::byte> room) try {
  return EndableChannel::try_read(room);
} catch (const ConnectionResetError&) {  // it ended with input unread; what it wrote was read
  return io::Attempt::end();
}

io::Attempt ProgramChannel::try_write(std::span<const std::byte> data) try {
  return EndableChannel::try_write(data);
} catch (const ConnectionError&) {
  return io::Attempt::moved(data.size());
}

}  // namespace sock::cmd
