#include "sock/waiting.hpp"

#include <atomic>

#include "sock/address.hpp"
#include "sock/socket.hpp"

namespace sock {

namespace {
std::atomic<InterruptHandler> interrupt_handler{nullptr};
}

InterruptHandler set_interrupt_handler(InterruptHandler handler) noexcept {
  return interrupt_handler.exchange(handler);
}

namespace detail {

void after_signal(int fd, const char* operation, std::size_t transferred, const Address* peer) {
  const InterruptHandler handler = interrupt_handler.load(std::memory_order_acquire);
  if (handler && !handler()) throw_errno(EINTR, operation, subject_of(fd, peer), transferred);
}

bool wait_ready(int fd, short events, const Deadline& deadline, const char* operation,
                std::size_t transferred, const Address* peer) {
  // poll(2) passes over a negative descriptor, and would wait for nothing.
  if (fd < 0) throw_errno(EBADF, operation, subject_of(fd), transferred);
  pollfd p{fd, events, 0};
  for (;;) {
    const int n = ::poll(&p, 1, deadline.poll_ms());
    if (n > 0) return true;
    if (n < 0) {
      const int err = errno;
      if (err != EINTR) throw_errno(err, operation, subject_of(fd, peer), transferred);
      after_signal(fd, operation, transferred, peer);
    }
    // Also after n == 0: poll's limit of INT_MAX ms may have cut the wait short.
    if (deadline.passed()) return false;
  }
}

std::string subject_of(int fd, const Address* peer) {
  if (fd < 0) return "closed socket";
  if (peer && *peer) return to_string(*peer);
  Address a;
  socklen_t size = Address::capacity();
  if (::getpeername(fd, a.buffer(), &size) != 0 || size <= sizeof(sa_family_t)) {
    size = Address::capacity();
    if (::getsockname(fd, a.buffer(), &size) != 0) size = 0;
  }
  a.resize(size);
  return size > sizeof(sa_family_t) ? to_string(a) : "fd " + std::to_string(fd);
}

void wait_after(int err, int fd, short events, Patience& patience, const char* operation,
                std::size_t transferred) {
  const Address* const peer = patience.peer();
  if (err == EINTR) return after_signal(fd, operation, transferred, peer);
  if (!patience.timed() || (err != EAGAIN && err != EWOULDBLOCK))
    throw_errno(err, operation, subject_of(fd, peer), transferred);
  // Again and again ready, and yet nothing to be had: that must end by the deadline as well.
  if (patience.over() || !wait_ready(fd, events, patience.deadline(), operation, transferred, peer))
    throw_error(Errc::timed_out, operation, subject_of(fd, peer), transferred);
}

}  // namespace detail
}  // namespace sock
