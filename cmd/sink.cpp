#include "cmd/sink.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "sock/error.hpp"

namespace sock::cmd {

Sink Sink::file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd) {
    const int err = errno;
    throw_errno(err, "open", path);
  }
  const FdRef ref = fd;
  return {std::move(fd), ref, path};
}

Sink Sink::descriptor(int fd) {
  const std::string name = "fd " + std::to_string(fd);
  if (::fcntl(fd, F_GETFD) < 0) {
    const int err = errno;
    throw_errno(err, "open", name);
  }
  return {Fd(), FdRef(fd), name};
}

void Sink::write(std::string_view text) const {
  if (console_) return console_->as_it_is(text);
  if (const int err = write_all(fd_, text)) throw_errno(err, "write", name_);
}

}  // namespace sock::cmd
