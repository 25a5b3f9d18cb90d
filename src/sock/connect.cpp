// connect(2): once, and from then on the kernel's own progress is waited for.
#include <sys/ioctl.h>

#include "sock/socket.hpp"
#include "sock/waiting.hpp"

namespace sock {

namespace {

// How an attempt under way ended: its errno, or our own time-out.
std::error_code outcome(int fd, const Deadline& deadline, const Address& address) {
  if (!detail::wait_ready(fd, POLLOUT | POLLERR, deadline, "connect", 0, &address))
    return Errc::timed_out;
  int err = 0;
  socklen_t size = sizeof err;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) != 0) err = errno;
  if (err == EISCONN) err = 0;
  return {err, std::system_category()};
}

bool has_peer(int fd) {
  Address peer;
  socklen_t size = Address::capacity();
  return ::getpeername(fd, peer.buffer(), &size) == 0;
}

std::error_code attempt(int fd, Timeout timeout, const Address& address) {
  detail::Patience patience(timeout);
  // connect has no MSG_DONTWAIT, and another holder may have made the descriptor blocking.
  int on = 1;
  if (timeout.timed()) (void)::ioctl(fd, FIONBIO, &on);
  for (;;) {
    if (::connect(fd, address.data(), address.size()) == 0) return {};
    const int err = errno;
    if (err == EINTR) detail::after_signal(fd, "connect", 0, &address);
    // An interrupted attempt goes on by itself: a second connect(2) would say EALREADY.
    const bool interrupted = err == EINTR && !timeout.nonblocking();
    if (!interrupted && !(timeout.timed() && err == EINPROGRESS))
      return {err, std::system_category()};
    const std::error_code result = outcome(fd, patience.deadline(), address);
    // Unix and vsock sockets, though, drop an interrupted attempt, and show no error of it.
    if (!interrupted || result || has_peer(fd)) return result;
  }
}

}  // namespace

void Socket::connect(const Address& address) {
  const std::error_code e = attempt(fileno(), gettimeout(), address);
  if (!e) return;
  if (e == Errc::timed_out) throw_error(Errc::timed_out, "connect", to_string(address, proto_));
  throw_errno(e.value(), "connect", to_string(address, proto_));
}

void Socket::connect(std::string_view host, int port) {
  connect(Address::resolve(family_, host, port));
}

int Socket::connect_ex(const Address& address) {
  const std::error_code e = attempt(fileno(), gettimeout(), address);
  // Documented: a timeout is EAGAIN here.
  return e == Errc::timed_out ? EAGAIN : e.value();
}

int Socket::connect_ex(std::string_view host, int port) {
  return connect_ex(Address::resolve(family_, host, port));
}

}  // namespace sock
