#include "serve/discard.hpp"

#include <utility>

#include "serve/channel_session.hpp"
#include "serve/datagrams.hpp"
#include "serve/stream_session.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 16;

class DiscardSession final : public StreamSession {
 public:
  DiscardSession(Visit visit, Socket socket, const io::Shape& shape)
      : StreamSession(std::move(visit), std::move(socket), io::Interest::read) {
    limit_reading(shape);
  }

 private:
  bool on_ready(io::Ready) override {
    for (int reads = 0; reads < fair_reads; ++reads) {
      const Received received = read_and_drop();
      if (received.kind != Received::Kind::bytes) return stopped_by(received) || reads > 0;
    }
    return true;
  }
};

class DiscardDatagrams final : public DatagramSession {
 public:
  using DatagramSession::DatagramSession;

 private:
  void on_datagram(std::span<const std::byte>) override {}
};

}  // namespace

std::unique_ptr<Session> Discard::serve(Visit visit, Socket socket) {
  return std::make_unique<DiscardSession>(std::move(visit), std::move(socket), shape_);
}

std::unique_ptr<Session> Discard::serve(Visit visit, io::Channel& channel) {
  return std::make_unique<ChannelSession>(std::move(visit), channel, ChannelSession::Use::discard);
}

std::unique_ptr<DatagramSession> Discard::serve(Visit visit, DatagramPort& port) {
  return std::make_unique<DiscardDatagrams>(std::move(visit), port);
}

}  // namespace sock::serve
