#include "serve/stream_session.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "sock/error.hpp"

namespace sock::serve {

namespace {

// recvmsg(2) gives 0 for an empty record and for the end.
bool peer_has_ended(FdRef fd) noexcept {
  pollfd p{fd.get(), POLLRDHUP, 0};
  return ::poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP)) != 0;
}

Received receive(FdRef fd, void* room, std::size_t size, int flags, bool records) noexcept {
  using Kind = Received::Kind;
  for (;;) {
    const ssize_t n = ::recv(fd.get(), room, size, MSG_DONTWAIT | flags);
    if (n < 0) {
      const int err = errno;
      if (err == EAGAIN || err == EWOULDBLOCK) return {Kind::blocked};
      if (err == EINTR) continue;
      return {Kind::error, 0, err};
    }
    const auto bytes = static_cast<std::size_t>(n);
    if (n == 0 && (!records || peer_has_ended(fd))) return {Kind::end};
    return {bytes > size ? Kind::cut : Kind::bytes, bytes};
  }
}

}  // namespace

Received receive(FdRef fd, std::span<std::byte> room, bool records) noexcept {
  // MSG_TRUNC: the whole length of a record, also of one that is cut. TCP takes it otherwise.
  return receive(fd, room.data(), room.size(), records ? MSG_TRUNC : 0, records);
}

Received receive_and_drop(const Socket& socket, std::span<std::byte> scratch) noexcept {
  constexpr std::size_t most = 1024 * 1024;
  const bool stream = socket.type() == SOCK_STREAM;
  const bool tcp = stream && (socket.family() == AF_INET || socket.family() == AF_INET6) &&
                   (socket.proto() == 0 || socket.proto() == IPPROTO_TCP);
  // TCP throws them away without a copy (tcp(7), MSG_TRUNC).
  if (tcp) return receive(socket, nullptr, most, MSG_TRUNC, false);
  const Received received = receive(socket, scratch, !stream);
  return received.kind == Received::Kind::cut ? Received{Received::Kind::bytes, received.bytes}
                                              : received;
}

StreamSession::StreamSession(Visit visit, Socket socket, io::Interest interest)
    : Session(std::move(visit)),
      socket_(std::move(socket)),
      watch_(this->visit().sessions().loop().watch(
          socket_, interest, "session", [this](io::Ready ready) { return on_ready(ready); })) {
  if (const auto limit = this->visit().sessions().idle_limit()) limit_idleness(*limit);
}

Received StreamSession::count(Received received) noexcept {
  if (received.kind == Received::Kind::bytes) {
    received_ += received.bytes;
    moved();
  }
  return received;
}

void StreamSession::limit_reading(const io::Shape& shape) {
  if (Brake::needed(shape))
    brake_ = std::make_unique<Brake>(visit().sessions().loop(), shape, [this] { on_release(); });
}

Received StreamSession::read_braked() {
  const bool records = socket_.type() != SOCK_STREAM;
  const auto room = brake_->allowed(scratch(), records);
  if (room.empty()) return {brake_->exhausted() ? Received::Kind::enough : Received::Kind::held};
  const Received received = count(receive(socket_, room, records));
  if (received.kind == Received::Kind::bytes) brake_->passed(room.first(received.bytes));
  return received;
}

Received StreamSession::read() {
  if (brake_) return read_braked();
  return count(receive(socket_, scratch(), socket_.type() != SOCK_STREAM));
}

Received StreamSession::read_and_drop() {
  if (brake_) return read_braked();
  return count(drop_unread());
}

bool StreamSession::stopped_by(const Received& received) {
  switch (received.kind) {
    case Received::Kind::bytes:
    case Received::Kind::blocked:
      return false;
    case Received::Kind::end:
      on_end();
      break;
    case Received::Kind::error:
      broke(received.error, "recv");
      break;
    case Received::Kind::cut:
      broke(EMSGSIZE, "recv");
      break;
    case Received::Kind::held:
      want(io::Interest::none);
      break;
    case Received::Kind::enough:
      on_enough();
      break;
  }
  return true;
}

}  // namespace sock::serve
