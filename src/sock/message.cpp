#include "sock/message.hpp"

#include <poll.h>

#include <algorithm>
#include <climits>
#include <stdexcept>

#include "sock/control.hpp"
#include "sock/waiting.hpp"

namespace sock {

namespace {

// iovec serves both directions; sendmsg(2) only reads what it points to.
void point_to(msghdr& message, std::span<const iovec> buffers) {
  message.msg_iov = const_cast<iovec*>(buffers.data());
  message.msg_iovlen = buffers.size();
}

void close_descriptors(std::string_view control) noexcept {
  std::vector<Fd> nowhere;
  detail::ControlReader reader(control);
  while (const auto item = reader.next()) detail::take_descriptors(*item, nowhere);
}

}  // namespace

std::size_t Socket::sendmsg(std::span<const iovec> buffers, std::span<const ControlMessage> control,
                            int flags, const Address* to) {
  const int fd = fileno();
  std::string raw = detail::lay_out(control);
  msghdr message{};
  point_to(message, buffers);
  if (!raw.empty()) {
    message.msg_control = raw.data();
    message.msg_controllen = raw.size();
  }
  if (to) {
    message.msg_name = const_cast<sockaddr*>(to->data());
    message.msg_namelen = to->size();
  }
  detail::Patience patience(gettimeout(), to);
  return detail::call_waiting(fd, POLLOUT, patience, "sendmsg", [&](int extra) {
    return ::sendmsg(fd, &message, send_flags(flags) | extra);
  });
}

ReceivedMessage Socket::recvmsg_into(std::span<const iovec> buffers, std::size_t control_size,
                                     int flags) {
  if (control_size > INT_MAX) throw std::invalid_argument("invalid ancillary data buffer length");
  const int fd = fileno();
  // Only AF_UNIX carries descriptors, and others (AF_PACKET, CAN_ISOTP) refuse the flag.
  const int cloexec = family_ == AF_UNIX ? MSG_CMSG_CLOEXEC : 0;
  std::string raw(control_size, '\0');
  ReceivedMessage received;
  msghdr message{};
  point_to(message, buffers);
  message.msg_control = raw.data();
  message.msg_name = received.from.buffer();
  detail::Patience patience(gettimeout());
  received.size = detail::call_waiting(fd, POLLIN, patience, "recvmsg", [&](int extra) {
    message.msg_controllen = control_size;
    message.msg_namelen = Address::capacity();
    return ::recvmsg(fd, &message, flags | cloexec | extra);
  });
  received.from.resize(message.msg_namelen);
  received.flags = message.msg_flags & (flags | ~cloexec);  // the kernel gives ours back as well
  raw.resize(message.msg_controllen);
  try {
    detail::ControlReader reader(raw);
    while (const auto item = reader.next())
      received.control.push_back({item->level, item->type, std::string(item->data)});
    received.control_malformed = reader.malformed();
  } catch (...) {
    close_descriptors(raw);
    throw;
  }
  return received;
}

ReceivedMessage Socket::recvmsg(std::size_t bufsize, std::size_t control_size, int flags) {
  std::string data(bufsize, '\0');
  const iovec buffer{data.data(), data.size()};
  ReceivedMessage received = recvmsg_into({&buffer, 1}, control_size, flags);
  data.resize(std::min(received.size, bufsize));  // MSG_TRUNC asks for the size before the cut
  received.data = std::move(data);
  return received;
}

std::size_t send_fds(Socket& socket, std::span<const iovec> buffers, std::span<const int> fds,
                     int flags, const Address* to) {
  const auto bytes = std::as_bytes(fds);
  const ControlMessage rights{
      SOL_SOCKET, SCM_RIGHTS,
      std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
  return socket.sendmsg(buffers, {&rights, 1}, flags, to);
}

ReceivedFds recv_fds(Socket& socket, std::span<std::byte> buffer, std::size_t max_fds, int flags) {
  // CMSG_LEN: in the padding that CMSG_SPACE adds, the kernel would find room for one more.
  if (max_fds > INT_MAX / sizeof(int)) throw std::out_of_range("too many descriptors");
  const std::size_t room = cmsg_len(static_cast<std::int64_t>(max_fds * sizeof(int)));
  ReceivedFds received;
  received.fds.reserve(max_fds);  // now, so that nothing fails once they are here
  const iovec data{buffer.data(), buffer.size()};
  const ReceivedMessage message = socket.recvmsg_into({&data, 1}, room, flags);
  for (const ControlMessage& item : message.control)
    detail::take_descriptors({item.level, item.type, item.data}, received.fds);
  received.size = message.size;
  received.flags = message.flags;
  received.from = message.from;
  return received;
}

std::size_t cmsg_len(std::int64_t length) {
  if (length < 0 || length > static_cast<std::int64_t>(INT_MAX - CMSG_LEN(0)))
    throw std::out_of_range("CMSG_LEN() argument out of range");
  return CMSG_LEN(static_cast<std::size_t>(length));
}

std::size_t cmsg_space(std::int64_t length) {
  // CMSG_SPACE(1), not 0: there is padding before the data and after it.
  if (length < 0 || length > static_cast<std::int64_t>(INT_MAX - CMSG_SPACE(1)))
    throw std::out_of_range("CMSG_SPACE() argument out of range");
  return CMSG_SPACE(static_cast<std::size_t>(length));
}

}  // namespace sock
