#include "sock/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "sock/error.hpp"

namespace sock {

namespace {

[[noreturn]] void fail(int err, const char* operation, int fd) {
  throw_errno(err, operation, "fd " + std::to_string(fd));
}

int descriptor_flags(FdRef fd, const char* operation) {
  const int flags = ::fcntl(fd.get(), F_GETFD);
  if (flags < 0) fail(errno, operation, fd.get());
  return flags;
}

}  // namespace

void Fd::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old >= 0) ::close(old);
}

Fd dup(FdRef fd) {
  const int copy = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) fail(errno, "dup", fd.get());
  return Fd(copy);
}

bool get_inheritable(FdRef fd) {
  return (descriptor_flags(fd, "get_inheritable") & FD_CLOEXEC) == 0;
}

void set_inheritable(FdRef fd, bool inheritable) {
  const int old = descriptor_flags(fd, "set_inheritable");
  const int wanted = inheritable ? old & ~FD_CLOEXEC : old | FD_CLOEXEC;
  if (wanted == old) return;
  if (::fcntl(fd.get(), F_SETFD, wanted) < 0) fail(errno, "set_inheritable", fd.get());
}

void close(int fd) {
  if (::close(fd) == 0) return;
  const int err = errno;
  if (err != ECONNRESET) fail(err, "close", fd);
}

}  // namespace sock
