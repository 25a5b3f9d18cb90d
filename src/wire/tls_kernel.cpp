#include "wire/tls_kernel.hpp"

#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace sock::wire {

namespace {

constexpr std::uint8_t alert_type = 21;
constexpr std::uint8_t warning = 1;
constexpr std::uint8_t close_notify = 0;

// A third of it has to hold a record that the kernel was left with when the buffer was full: see
// try_end().
constexpr int smallest_buffer = 64 * 1024;

bool has_buffer(FdRef fd) noexcept {
  int size = 0;
  socklen_t length = sizeof size;
  return ::getsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &size, &length) == 0 &&
         size >= smallest_buffer;
}

// For root the kernel looks for a module each time that it has to say no: it is asked once.
bool take_on_tls(FdRef fd) noexcept {
  static std::atomic<bool> missing = false;
  if (missing) return false;
  if (::setsockopt(fd.get(), SOL_TCP, TCP_ULP, "tls", sizeof "tls") == 0) return true;
  if (errno == ENOENT) missing = true;
  return false;
}

// A third of the buffer is free (or the connection has failed).
bool has_room(FdRef fd) noexcept {
  pollfd p{fd.get(), POLLOUT, 0};
  return ::poll(&p, 1, 0) > 0;
}

// false: there is no room.
bool send_alert(FdRef fd, std::uint8_t level, std::uint8_t description) noexcept {
  std::array<std::uint8_t, 2> alert{level, description};
  iovec part{alert.data(), alert.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof alert_type)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_TLS;
  header->cmsg_type = TLS_SET_RECORD_TYPE;
  header->cmsg_len = CMSG_LEN(sizeof alert_type);
  std::memcpy(CMSG_DATA(header), &alert_type, sizeof alert_type);
  for (;;) {
    if (::sendmsg(fd.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
    const int err = errno;
    if (err != EINTR) return err != EAGAIN && err != EWOULDBLOCK;
  }
}

}  // namespace

std::optional<TlsKernel> TlsKernel::start(FdRef fd, const TlsSendingKeys& keys) noexcept {
  const auto info = keys.crypto_info();
  if (info.empty() || !has_buffer(fd) || !take_on_tls(fd)) return std::nullopt;
  // It is still the socket that it was.
  const auto size = static_cast<socklen_t>(info.size());
  if (::setsockopt(fd.get(), SOL_TLS, TLS_TX, info.data(), size) != 0) return std::nullopt;
  return TlsKernel(fd);
}

void TlsKernel::say(std::uint8_t level, std::uint8_t description) noexcept {
  (void)send_alert(fd_, level, description);
}

// Of what is written when the buffer is nearly full, the kernel keeps up to a record by itself, and
// gives it to TCP when there is room. Shutting down or closing would destroy that. So close_notify
// is not sent before there is room for both: then all of it is with TCP at once.
bool TlsKernel::try_end() noexcept {
  if (!said_) said_ = has_room(fd_) && send_alert(fd_, warning, close_notify);
  return said_;
}

}  // namespace sock::wire
