#include "serve/datagrams.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "io/socket_calls.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 64;
// Datagrams have no end, so a peer is forgotten some day, also where no limit was given.
constexpr auto forgotten_after = std::chrono::seconds(60);
constexpr std::size_t most_waiting = 256;
// A Unix socket that is not connected cannot be waited on for a receiver's full queue, so this one
// is looked at again and again.
constexpr auto retry_after = std::chrono::milliseconds(2);

}  // namespace

std::unique_ptr<DatagramSession> Mode::serve(Visit, DatagramPort&) {
  throw std::logic_error("this mode takes no datagrams");
}

DatagramSession::DatagramSession(Visit visit, DatagramPort& port)
    : Session(std::move(visit)), port_(port) {
  limit_idleness(this->visit().sessions().idle_limit().value_or(forgotten_after));
}

DatagramSession::~DatagramSession() { forget_peer(); }

void DatagramSession::forget_peer() noexcept { port_.forget(*this); }

void DatagramSession::receive(std::span<const std::byte> data) {
  counts_.received += data.size();
  moved();
  try {
    on_datagram(data);
  } catch (const std::exception& error) {
    fail(error);
  }
}

void DatagramSession::send(std::span<const std::byte> data) {
  if (!port_.send(visit(), data)) return;
  counts_.sent += data.size();
  moved();
}

DatagramPort::DatagramPort(Sessions& sessions, Mode& mode, const Local& local, Socket& socket)
    : sessions_(sessions),
      mode_(mode),
      local_(local),
      socket_(socket),
      watch_(sessions.loop().watch(socket, io::Interest::read, "datagrams",
                                   [this](io::Ready) { return on_readable(); })) {}

bool DatagramPort::on_readable() {
  for (int i = 0; i < fair_reads; ++i)
    if (!read_one()) return i > 0;
  return true;
}

// false: there are no more.
bool DatagramPort::read_one() {
  const std::span<std::byte> room = sessions_.scratch();
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
  DatagramSession* session = session_of(from);
  if (session == nullptr) return true;
  if ((message.msg_flags & MSG_TRUNC) != 0) {
    sessions_.observer().lost(session->visit().name(),
                              "a datagram of " + std::to_string(n) + " bytes, which is too large");
    return true;
  }
  session->receive(room.first(static_cast<std::size_t>(n)));
  return true;
}

// Null: this peer is not let in, or nothing could be begun with it.
DatagramSession* DatagramPort::session_of(const Address& peer) {
  if (const auto known = by_peer_.find(peer); known != by_peer_.end()) return known->second;
  if (!taking_ || !sessions_.claim()) {
    sessions_.deny(peer, local_, "as many as may be are served");
    return nullptr;
  }
  auto visit = sessions_.admit(peer, local_);
  if (!visit) return nullptr;
  sessions_.tell_accepted(*visit, socket_);
  try {
    auto session = mode_.serve(std::move(*visit), *this);
    DatagramSession* added = session.get();
    by_peer_.emplace(peer, added);
    sessions_.add(std::move(session));
    return added;
  } catch (const std::exception& error) {
    sessions_.could_not_begin(*visit, error);
    return nullptr;
  }
}

void DatagramPort::forget(const DatagramSession& session) noexcept {
  const auto known = by_peer_.find(session.visit().peer());
  if (known != by_peer_.end() && known->second == &session) by_peer_.erase(known);
}

bool DatagramPort::send(const Visit& to, std::span<const std::byte> data) {
  if (waiting_.empty() &&
      io::send_to(socket_, data, to.name(), to.peer()).kind == io::Attempt::Kind::moved)
    return true;
  if (waiting_.size() == most_waiting) {
    sessions_.observer().lost(to.name(), "a datagram of " + std::to_string(data.size()) +
                                             " bytes: the peer, or the system, takes no more");
    return false;
  }
  waiting_.push_back(
      {to.peer(), std::string(reinterpret_cast<const char*>(data.data()), data.size())});
  if (!retry_) retry_ = sessions_.loop().after(retry_after, [this] { send_waiting(); });
  return true;
}

void DatagramPort::send_waiting() {
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

}  // namespace sock::serve
