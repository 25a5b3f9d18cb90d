// Receiving and sending.
#include <stdexcept>

#include "sock/socket.hpp"
#include "sock/waiting.hpp"

namespace sock {

using detail::call_waiting;
using detail::Patience;

std::size_t Socket::recv_waiting(int fd, Timeout timeout, std::span<std::byte> buffer, int flags,
                                 int err) {
  Patience patience(timeout);
  return call_waiting(
      fd, POLLIN, patience, "recv",
      [&](int extra) { return ::recv(fd, buffer.data(), buffer.size(), flags | extra); }, err);
}

std::string Socket::recv(std::size_t bufsize, int flags) {
  std::string data(bufsize, '\0');
  data.resize(recv_into(std::as_writable_bytes(std::span(data)), 0, flags));
  return data;
}

std::pair<std::size_t, Address> Socket::recvfrom_into(std::span<std::byte> buffer,
                                                      std::size_t nbytes, int flags) {
  if (nbytes > buffer.size())
    throw std::invalid_argument("nbytes is greater than the length of the buffer");
  if (nbytes != 0) buffer = buffer.first(nbytes);
  const int fd = fileno();
  Patience patience(gettimeout());
  Address from;
  socklen_t size = 0;
  const std::size_t n = call_waiting(fd, POLLIN, patience, "recvfrom", [&](int extra) {
    size = Address::capacity();
    return ::recvfrom(fd, buffer.data(), buffer.size(), flags | extra, from.buffer(), &size);
  });
  from.resize(size);
  return {n, from};
}

std::pair<std::string, Address> Socket::recvfrom(std::size_t bufsize, int flags) {
  std::string data(bufsize, '\0');
  auto [n, from] = recvfrom_into(std::as_writable_bytes(std::span(data)), 0, flags);
  data.resize(n);
  return {std::move(data), from};
}

std::size_t Socket::send_waiting(int fd, Timeout timeout, std::span<const std::byte> data,
                                 int flags, int err) {
  Patience patience(timeout);
  return call_waiting(
      fd, POLLOUT, patience, "send",
      [&](int extra) { return ::send(fd, data.data(), data.size(), send_flags(flags) | extra); },
      err);
}

void Socket::sendall(std::span<const std::byte> data, int flags) {
  const int fd = fileno();
  Patience patience(gettimeout());
  std::size_t sent = 0;
  for (;;) {
    const auto rest = data.subspan(sent);
    sent += call_waiting(
        fd, POLLOUT, patience, "sendall",
        [&](int extra) { return ::send(fd, rest.data(), rest.size(), send_flags(flags) | extra); },
        0, sent);
    if (sent == data.size()) return;
    // A blocking send that a signal cut short gives a count, not EINTR.
    detail::after_signal(fd, "sendall", sent);
    // A timed one must end by its deadline even if there is always room for a little.
    if (patience.timed() && patience.deadline().passed())
      throw_error(Errc::timed_out, "sendall", detail::subject_of(fd), sent);
  }
}

std::size_t Socket::sendto(std::span<const std::byte> data, const Address& to, int flags) {
  const int fd = fileno();
  Patience patience(gettimeout(), &to);
  return call_waiting(fd, POLLOUT, patience, "sendto", [&](int extra) {
    return ::sendto(fd, data.data(), data.size(), send_flags(flags) | extra, to.data(), to.size());
  });
}

std::size_t Socket::sendto(std::span<const std::byte> data, std::string_view host, int port,
                           int flags) {
  return sendto(data, Address::resolve(family_, host, port), flags);
}

std::optional<std::size_t> Socket::try_recv(std::span<std::byte> buffer, int flags) {
  const int fd = fileno();
  const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), flags | MSG_DONTWAIT);
  if (n >= 0) return static_cast<std::size_t>(n);
  const int err = errno;
  if (err == EAGAIN || err == EWOULDBLOCK || err == EINTR) return std::nullopt;
  throw_errno(err, "recv", detail::subject_of(fd));
}

std::optional<std::size_t> Socket::try_send(std::span<const std::byte> data, int flags) {
  const int fd = fileno();
  const ssize_t n = ::send(fd, data.data(), data.size(), send_flags(flags) | MSG_DONTWAIT);
  if (n >= 0) return static_cast<std::size_t>(n);
  const int err = errno;
  if (err == EAGAIN || err == EWOULDBLOCK || err == EINTR) return std::nullopt;
  throw_errno(err, "send", detail::subject_of(fd));
}

}  // namespace sock
