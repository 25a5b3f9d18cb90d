#include "cmd/file_text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "sock/error.hpp"
#include "sock/fd.hpp"

namespace sock::cmd {
namespace {

std::string text_of(FdRef file, const std::string& path) {
  std::string text;
  for (std::array<char, 16 * 1024> part;;) {
    const ssize_t n = ::read(file.get(), part.data(), part.size());
    const int err = errno;
    if (n == 0) return text;
    if (n > 0) text.append(part.data(), static_cast<std::size_t>(n));
    // A directory can be opened, but not as a file.
    if (n < 0 && err != EINTR) throw_errno(err, err == EISDIR ? "open" : "read", path);
  }
}

Fd opened(const std::string& path) noexcept {
  return Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

}  // namespace

std::string text_of_file(const std::string& path) {
  const Fd file = opened(path);
  const int err = errno;
  if (!file) throw_errno(err, "open", path);
  return text_of(file, path);
}

std::string text_of_system_file(const std::string& path) {
  const Fd file = opened(path);
  const int err = errno;
  if (!file && err != ENOENT && err != EACCES) throw_errno(err, "read", path);
  return file ? text_of(file, path) : std::string();
}

}  // namespace sock::cmd
