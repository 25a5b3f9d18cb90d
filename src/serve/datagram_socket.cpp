#include "serve/datagram_socket.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "io/socket_calls.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 64;
constexpr std::size_t most_waiting = 256;
// A Unix socket that is not connected cannot be waited on for a receiver's full queue, so this one
// is looked at again and again.
constexpr auto retry_after = std::chrono::milliseconds(2);

}  // namespace

DatagramSocket::DatagramSocket(Sessions& sessions, const Local& local, Socket& socket)
    : sessions_(sessions),
      local_(local),
      socket_(socket),
      watch_(sessions.loop().watch(socket, io::Interest::read, "datagrams",
                                   [this](io::Ready) { return on_readable(); })) {}

bool DatagramSocket::on_readable() {
  for (int i = 0; i < fair_reads; ++i)
    if (!read_one()) return i > 0;
  return true;
}

// false: there are no more.
bool DatagramSocket::read_one() {
  const std::span<std::byte> room = this->room();
  Address from;
  iovec part{room.data(), room.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_name = from.buffer();
  message.msg_namelen = Address::capacity();
  // MSG_TRUNC: the whole length, also of one that is cut.
  const ssize_t n = ::recvmsg(socket_.fileno(), &message, MSG_DONTWAIT | MSG_TRUNC);
  if (n < 0) {
    const int err = errno;
    if (err == EAGAIN || err == EWOULDBLOCK) return false;
    if (err == EINTR || err == ECONNREFUSED || err == EHOSTUNREACH || err == ENETUNREACH)
      return true;  // of something that was sent before
    throw_errno(err, "recv", local_.name);
  }
  from.resize(message.msg_namelen);
  const auto size = static_cast<std::size_t>(n);
  if ((message.msg_flags & MSG_TRUNC) != 0)
    cut(from, size);
  else
    receive(from, room.first(size));
  return true;
}

std::optional<Visit> DatagramSocket::let_in(const Address& peer) {
  if (!taking_ || !sessions_.claim()) {
    sessions_.deny(peer, local_, "as many as may be are served");
    return std::nullopt;
  }
  auto visit = sessions_.admit(peer, local_);
  if (visit) sessions_.tell_accepted(*visit, socket_);
  return visit;
}

bool DatagramSocket::send(const std::string& name, const Address& to,
                          std::span<const std::byte> data) {
  if (waiting_.empty() && io::send_to(socket_, data, name, to).kind == io::Attempt::Kind::moved)
    return true;
  if (waiting_.size() == most_waiting) {
    sessions_.observer().lost(name, "a datagram of " + std::to_string(data.size()) +
                                        " bytes: the peer, or the system, takes no more");
    return false;
  }
  waiting_.push_back({to, std::string(reinterpret_cast<const char*>(data.data()), data.size())});
  if (!retry_) retry_ = sessions_.loop().after(retry_after, [this] { send_waiting(); });
  return true;
}

void DatagramSocket::send_waiting() {
  retry_ = {};
  // One that is blocked goes to the end: it must not hold up those for others.
  for (std::size_t tries = waiting_.size(); tries > 0; --tries) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    try {
      if (io::send_to(socket_, Socket::bytes(next.data), local_.name, next.to).kind ==
          io::Attempt::Kind::blocked)
        waiting_.push_back(std::move(next));
    } catch (const Error&) {  // the peer is gone
    }
  }
  if (!waiting_.empty()) retry_ = sessions_.loop().after(retry_after, [this] { send_waiting(); });
}

void PlainDatagrams::receive(const Address& from, std::span<const std::byte> data) {
  if (DatagramSession* const session = session_of(from)) session->receive(data);
}

void PlainDatagrams::cut(const Address& from, std::size_t bytes) {
  if (const DatagramSession* const session = session_of(from))
    sessions().observer().lost(session->visit().name(), "a datagram of " + std::to_string(bytes) +
                                                            " bytes, which is too large");
}

// Null: this peer is not let in, or nothing could be begun with it.
DatagramSession* PlainDatagrams::session_of(const Address& peer) {
  if (const auto known = by_peer_.find(peer); known != by_peer_.end()) return known->second;
  auto visit = let_in(peer);
  if (!visit) return nullptr;
  try {
    auto session = mode_.serve(std::move(*visit), *this);
    DatagramSession* added = session.get();
    by_peer_.emplace(peer, added);
    sessions().add(std::move(session));
    return added;
  } catch (const std::exception& error) {
    sessions().could_not_begin(*visit, error);
    return nullptr;
  }
}

void PlainDatagrams::forget(const DatagramSession& session) noexcept {
  const auto known = by_peer_.find(session.visit().peer());
  if (known != by_peer_.end() && known->second == &session) by_peer_.erase(known);
}

bool PlainDatagrams::send(const Visit& to, std::span<const std::byte> data) {
  return DatagramSocket::send(to.name(), to.peer(), data);
}

}  // namespace sock::serve
