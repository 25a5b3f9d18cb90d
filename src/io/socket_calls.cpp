#include "io/socket_calls.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

#include "sock/error.hpp"

namespace sock::io {

namespace {

// Makes a call until no signal interrupts it.
template <class Call>
Attempt attempt(const char* operation, const std::string& name, Call call) {
  for (;;) {
    const ssize_t n = call();
    if (n >= 0) return Attempt::moved(static_cast<std::size_t>(n));
    const int err = errno;
    if (err == EAGAIN || err == EWOULDBLOCK) return Attempt::blocked();
    if (err != EINTR) throw_errno(err, operation, name);
  }
}

bool peer_has_ended(FdRef fd) noexcept {
  pollfd p{fd.get(), POLLRDHUP, 0};
  return ::poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP)) != 0;
}

bool record_follows(FdRef fd) noexcept {
  std::byte one{};
  return ::recv(fd.get(), &one, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

}  // namespace

CutMessage::CutMessage(std::size_t size, const std::string& name)
    : Error({EMSGSIZE, std::system_category()}, "recv", name), size_(size) {}

Attempt receive_stream(FdRef fd, std::span<std::byte> room, const std::string& name) {
  const Attempt a = attempt(
      "recv", name, [&] { return ::recv(fd.get(), room.data(), room.size(), MSG_DONTWAIT); });
  return a == Attempt::moved(0) ? Attempt::end() : a;
}

Attempt receive_datagram(FdRef fd, std::span<std::byte> room, const std::string& name,
                         Address* from) {
  iovec part{room.data(), room.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (from != nullptr) {
    message.msg_name = from->buffer();
    message.msg_namelen = Address::capacity();
  }
  // MSG_TRUNC: the whole length, also of one that is cut.
  const Attempt a = attempt(
      "recv", name, [&] { return ::recvmsg(fd.get(), &message, MSG_DONTWAIT | MSG_TRUNC); });
  if (a.kind != Attempt::Kind::moved) return a;
  if ((message.msg_flags & MSG_TRUNC) != 0)
    throw CutMessage(a.bytes > room.size() ? a.bytes : 0, name);
  if (from != nullptr) from->resize(message.msg_namelen);
  return a;
}

Attempt receive_record(FdRef fd, std::span<std::byte> room, const std::string& name) {
  const Attempt a = receive_datagram(fd, room, name);
  // recvmsg(2) gives 0 for an empty record and for the end.
  if (a == Attempt::moved(0) && peer_has_ended(fd) && !record_follows(fd)) return Attempt::end();
  return a;
}

Attempt send_to(FdRef fd, std::span<const std::byte> data, const std::string& name,
                const Address& to, int flags) {
  const auto send = [&](int signals) {
    return ::sendto(fd.get(), data.data(), data.size(), MSG_DONTWAIT | signals | flags,
                    to ? to.data() : nullptr, to.size());
  };
  return attempt("send", name, [&] {
    const ssize_t n = send(MSG_NOSIGNAL);
    // RDS knows no such flag, and raises no signal.
    return n < 0 && errno == EOPNOTSUPP ? send(0) : n;
  });
}

void finish_sending(FdRef fd, const std::string& name, int how) {
  if (::shutdown(fd.get(), how) == 0) return;
  const int err = errno;
  if (err != ENOTCONN) throw_errno(err, "shutdown", name);
}

std::optional<std::uint64_t> unconfirmed(FdRef fd) noexcept {
  int protocol = 0, count = 0;
  socklen_t size = sizeof protocol;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0) return std::nullopt;
  if (protocol != IPPROTO_TCP || ::ioctl(fd.get(), SIOCOUTQ, &count) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(count);
}

}  // namespace sock::io
