// getsockopt(2) and setsockopt(2).
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "sock/socket.hpp"
#include "sock/waiting.hpp"

namespace sock {

namespace {

void set(int fd, int level, int option, const void* value, socklen_t size) {
  if (::setsockopt(fd, level, option, value, size) != 0) {
    const int err = errno;
    throw_errno(err, "setsockopt", detail::subject_of(fd));
  }
}

socklen_t get(int fd, int level, int option, void* value, socklen_t size) {
  if (::getsockopt(fd, level, option, value, &size) != 0) {
    const int err = errno;
    throw_errno(err, "getsockopt", detail::subject_of(fd));
  }
  return size;
}

}  // namespace

// The options of AF_VSOCK's own level are 64 bits wide (vm_sockets.h).
std::int64_t Socket::getsockopt(int level, int option) const {
  if (level == AF_VSOCK) {
    std::int64_t value = 0;
    get(fileno(), level, option, &value, sizeof value);
    return value;
  }
  int value = 0;
  get(fileno(), level, option, &value, sizeof value);
  return value;
}

std::string Socket::getsockopt(int level, int option, std::size_t length) const {
  if (length == 0 || length > 1024)
    throw_error(Errc::option_length, "getsockopt", detail::subject_of(fileno()));
  std::string value(length, '\0');
  value.resize(get(fileno(), level, option, value.data(), static_cast<socklen_t>(length)));
  return value;
}

void Socket::setsockopt(int level, int option, std::int64_t value) {
  if (level == AF_VSOCK) return set(fileno(), level, option, &value, sizeof value);
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
    throw std::out_of_range("setsockopt: the value does not fit into an int");
  const int narrow = static_cast<int>(value);
  set(fileno(), level, option, &narrow, sizeof narrow);
}

void Socket::setsockopt(int level, int option, std::span<const std::byte> value) {
  set(fileno(), level, option, value.data(), static_cast<socklen_t>(value.size()));
}

void Socket::setsockopt(int level, int option, std::nullptr_t, socklen_t length) {
  set(fileno(), level, option, nullptr, length);
}

}  // namespace sock
