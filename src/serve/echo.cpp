#include "serve/echo.hpp"

#include <sys/socket.h>

#include <chrono>
#include <utility>

#include "serve/channel_session.hpp"
#include "serve/datagrams.hpp"
#include "serve/outbox.hpp"
#include "serve/stream_session.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 16;
// For a peer that has sent enough to read what it gets back, and to close.
constexpr auto time_to_part = std::chrono::seconds(2);

class EchoSession final : public StreamSession {
 public:
  EchoSession(Visit visit, Socket socket, const io::Shape& shape)
      : StreamSession(std::move(visit), std::move(socket), io::Interest::read) {
    limit_reading(shape);
  }

  Counts counts() const noexcept override {
    return {StreamSession::counts().received, outbox_.sent()};
  }

 private:
  // While something waits to be sent nothing more is read.
  bool on_ready(io::Ready) override {
    if (parting_) return drop();
    if (!outbox_.empty()) {
      const std::size_t before = outbox_.size();
      if (const int err = outbox_.flush(socket())) return broke(err, "send"), true;
      const bool progress = outbox_.size() != before;
      if (progress) moved();
      if (outbox_.empty()) want(io::Interest::read);
      return progress;
    }
    for (int reads = 0; reads < fair_reads; ++reads) {
      const Received received = read();
      if (received.kind != Received::Kind::bytes) return stopped_by(received) || reads > 0;
      if (const int err = outbox_.send(socket(), scratch().first(received.bytes)))
        return broke(err, "send"), true;
      if (!outbox_.empty()) {
        want(io::Interest::write);
        return true;
      }
      // A stream that gave less than there was room for has no more for now.
      if (received.bytes < scratch().size() && !visit().local().records()) return true;
    }
    return true;
  }

  // All of it is on its way back. To leave unread what comes after it would make our close a reset,
  // which destroys what the peer has not read yet.
  void on_enough() override {
    ::shutdown(socket().get(), SHUT_WR);
    parting_ = visit().sessions().loop().after(time_to_part, [this] { end("enough"); });
  }

  bool drop() {
    for (int reads = 0; reads < fair_reads; ++reads) {
      const Received received = drop_unread();
      if (received.kind == Received::Kind::blocked) return reads > 0;
      if (received.kind != Received::Kind::bytes) return end("enough"), true;
    }
    return true;
  }

  Outbox outbox_;
  io::Timer parting_;  // it has sent enough
};

class EchoDatagrams final : public DatagramSession {
 public:
  using DatagramSession::DatagramSession;

 private:
  void on_datagram(std::span<const std::byte> data) override { send(data); }
};

}  // namespace

std::unique_ptr<Session> Echo::serve(Visit visit, Socket socket) {
  return std::make_unique<EchoSession>(std::move(visit), std::move(socket), shape_);
}

std::unique_ptr<Session> Echo::serve(Visit visit, io::Channel& channel) {
  return std::make_unique<ChannelSession>(std::move(visit), channel, ChannelSession::Use::echo);
}

std::unique_ptr<DatagramSession> Echo::serve(Visit visit, DatagramPort& port) {
  return std::make_unique<EchoDatagrams>(std::move(visit), port);
}

}  // namespace sock::serve
