// Files to sockets: sendfile(2) where it goes, else read and send.
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <limits>
#include <stdexcept>
#include <vector>

#include "sock/stream.hpp"
#include "sock/waiting.hpp"

namespace sock {

namespace {

// sendfile(2) knows no MSG_NOSIGNAL. Holds SIGPIPE back in this thread, and takes the one that we
// raised away before it lets go.
class SigpipeHeldBack {
 public:
  SigpipeHeldBack() noexcept {
    ::sigemptyset(&sigpipe_);
    ::sigaddset(&sigpipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    // One that is pending already can only be there if the caller blocks the signal too.
    if (::sigismember(&before_, SIGPIPE) != 1) return;
    sigset_t pending;
    ::sigpending(&pending);
    callers_ = ::sigismember(&pending, SIGPIPE) == 1;
  }
  SigpipeHeldBack(const SigpipeHeldBack&) = delete;
  SigpipeHeldBack& operator=(const SigpipeHeldBack&) = delete;
  ~SigpipeHeldBack() {
    constexpr timespec at_once{};
    if (raised_ && !callers_) ::sigtimedwait(&sigpipe_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  void raised() noexcept { raised_ = true; }

 private:
  sigset_t sigpipe_;
  sigset_t before_;
  bool callers_ = false;
  bool raised_ = false;
};

// sendfile(2) cannot do it with these two descriptors, or the file is to blame; whoever reads the
// file finds out. Other errors are the connection's, which reports them only once.
bool not_the_connection(int err) noexcept {
  return err == EINVAL || err == ENOSYS || err == EOPNOTSUPP || err == ESPIPE || err == EOVERFLOW ||
         err == EBADF;
}

class Transfer {
 public:
  Transfer(int socket, Timeout timeout, int flags, FdRef file, std::uint64_t offset,
           std::optional<std::uint64_t> count) noexcept
      : socket_(socket),
        timeout_(timeout),
        flags_(timeout.timed() ? flags | MSG_DONTWAIT : flags),
        file_(file.get()),
        offset_(offset),
        count_(count.value_or(std::numeric_limits<std::uint64_t>::max())) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  // However it ends, the file stands behind what was sent. A pipe has no position.
  ~Transfer() { ::lseek(file_, static_cast<off_t>(offset_ + sent_), SEEK_SET); }

  // False: not possible with this file, and nothing was sent.
  bool by_sendfile();
  void by_reading();
  std::uint64_t sent() const noexcept { return sent_; }

 private:
  std::size_t next(std::size_t most) const noexcept {
    return static_cast<std::size_t>(std::min<std::uint64_t>(most, count_ - sent_));
  }
  std::size_t read(std::vector<char>& buffer);
  void send(const char* data, std::size_t size);
  // After an error of the socket that is not its end: the call is to be made again.
  void wait_after(int err);

  int socket_;
  Timeout timeout_;
  int flags_;
  int file_;
  std::uint64_t offset_;
  std::uint64_t count_;
  std::uint64_t sent_ = 0;
};

// Unlike elsewhere the timeout is that of one wait, and EAGAIN is waited for in every mode.
void Transfer::wait_after(int err) {
  if (err == EINTR) return detail::after_signal(socket_, "sendfile", sent_);
  if (err != EAGAIN) throw_errno(err, "sendfile", detail::subject_of(socket_), sent_);
  if (!detail::wait_ready(socket_, POLLOUT, Deadline(timeout_), "sendfile", sent_))
    throw_error(Errc::timed_out, "sendfile", detail::subject_of(socket_), sent_);
}

bool Transfer::by_sendfile() {
  constexpr std::size_t most = std::size_t{1} << 30;
  struct stat status;
  if (::fstat(file_, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  SigpipeHeldBack signal;
  off_t position = static_cast<off_t>(offset_);
  while (const std::size_t asked = next(most)) {
    const ssize_t n = ::sendfile(socket_, file_, &position, asked);
    if (n == 0) break;
    if (n > 0) {
      sent_ += static_cast<std::size_t>(n);
      // Short of the file's end a signal may have cut it short, without EINTR.
      if (static_cast<std::size_t>(n) < asked && position < status.st_size)
        detail::after_signal(socket_, "sendfile", sent_);
      continue;
    }
    const int err = errno;
    if (err == EPIPE) signal.raised();
    if (sent_ == 0 && not_the_connection(err)) return false;
    wait_after(err);
  }
  return true;
}

void Transfer::by_reading() {
  constexpr std::size_t most = 65536;
  // From the start there is no need for a file that can be positioned.
  if (::lseek(file_, static_cast<off_t>(offset_), SEEK_SET) < 0) {
    const int err = errno;
    if (err != ESPIPE || offset_ != 0) throw_errno(err, "lseek", "fd " + std::to_string(file_));
  }
  std::vector<char> buffer(next(most));
  while (const std::size_t n = read(buffer)) send(buffer.data(), n);
}

std::size_t Transfer::read(std::vector<char>& buffer) {
  for (;;) {
    const ssize_t n = ::read(file_, buffer.data(), next(buffer.size()));
    if (n >= 0) return static_cast<std::size_t>(n);
    const int err = errno;
    if (err != EINTR) throw_errno(err, "read", "fd " + std::to_string(file_), sent_);
    detail::after_signal(socket_, "sendfile", sent_);
  }
}

void Transfer::send(const char* data, std::size_t size) {
  while (size != 0) {
    const ssize_t n = ::send(socket_, data, size, flags_);
    if (n < 0) {
      wait_after(errno);
      continue;
    }
    data += n;
    size -= static_cast<std::size_t>(n);
    sent_ += static_cast<std::size_t>(n);
  }
}

}  // namespace

std::uint64_t Socket::sendfile(FdRef file, std::uint64_t offset,
                               std::optional<std::uint64_t> count) {
  const Timeout timeout = gettimeout();
  if (timeout.nonblocking())
    throw std::invalid_argument("sendfile: non-blocking sockets are not supported");
  if (type_ != SOCK_STREAM)
    throw std::invalid_argument("sendfile: only SOCK_STREAM type sockets are supported");
  if (count == 0) throw std::invalid_argument("sendfile: count must be greater than 0");
  const int fd = fileno();
  if (fd < 0) throw_errno(EBADF, "sendfile", detail::subject_of(fd));
  // sendfile(2) has no flags, and another holder may have made the descriptor blocking.
  int on = 1;
  if (timeout.timed()) (void)::ioctl(fd, FIONBIO, &on);
  Transfer transfer(fd, timeout, send_flags(0), file, offset, count);
  if (!transfer.by_sendfile()) transfer.by_reading();
  return transfer.sent();
}

}  // namespace sock
