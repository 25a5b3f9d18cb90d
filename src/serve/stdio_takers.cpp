#include "serve/stdio_takers.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "sock/error.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 16;

}  // namespace

Stdio::Taker::~Taker() {
  std::erase(stdio_.takers_, this);
  stdio_.rearm();
}

Stdio::Connection::Connection(Visit visit, Socket socket, Stdio& stdio)
    : StreamSession(std::move(visit), std::move(socket), io::Interest::read),
      Taker(stdio),
      ending_(stdio.options_.ending) {
  limit_reading(stdio.options_.in_shape);
  if (!stdio.options_.ending.out) {
    taking_ = false;
  } else if (stdio.input_ended_) {
    // Not from here: that may be its end, and it has not begun yet.
    linger_ = this->visit().sessions().loop().after({}, [this] { input_over(); });
  }
  stdio.rearm();
}

Counts Stdio::Connection::counts() const noexcept {
  return {StreamSession::counts().received, outbox_.sent()};
}

void Stdio::Connection::take(const Chunk& chunk) {
  if (!taking_) return;
  const bool waited = !outbox_.empty();
  if (const int err = outbox_.send(socket(), chunk)) {
    gone(err, "send");
    return;
  }
  moved();
  if (outbox_.size() > stdio().options_.most_waiting) {
    visit().sessions().observer().lost(
        visit().name(),
        std::to_string(outbox_.size()) + " bytes: it reads too slowly, and is dropped");
    return end("slow");
  }
  if (!waited && !outbox_.empty()) arm();
}

void Stdio::Connection::input_over() {
  linger_ = {};
  taking_ = false;
  apply(ending_.input_ended(outbox_.sent() == 0 && outbox_.empty()));
}

void Stdio::Connection::output_free() {
  if (peer_ended_ && !in_over_ && !in_over()) return;
  arm();
}

bool Stdio::Connection::on_ready(io::Ready ready) {
  bool progress = false;
  if (ready.write && !flush(progress)) return true;
  if (ready.read && !peer_ended_ && !put_out(progress)) return true;
  if (in_over_ && (ready.hangup || ready.error)) {
    taking_ = false;
    if (!apply(ending_.peer_gone())) return true;
  }
  arm();
  return progress;
}

bool Stdio::Connection::flush(bool& progress) {
  if (outbox_.empty()) return true;
  const std::size_t before = outbox_.size();
  if (const int err = outbox_.flush(socket())) return gone(err, "send");
  progress = outbox_.size() != before;
  if (progress) moved();
  if (!outbox_.empty()) return true;
  if (finishing_) return apply({.finish_out = true});
  stdio().rearm();
  return true;
}

bool Stdio::Connection::put_out(bool& progress) {
  const bool kept = stdio().options_.ending.in;
  for (int reads = 0; reads < fair_reads && stdio().output_is_free(); ++reads) {
    const Received received = kept ? read() : read_and_drop();
    if (received.kind != Received::Kind::bytes) {
      if (received.kind == Received::Kind::held) break;
      if (received.kind == Received::Kind::error) return gone(received.error, "recv");
      progress = progress || received.kind == Received::Kind::end;
      if (received.kind == Received::Kind::end) {
        peer_ended_ = true;
        return !stdio().output_is_free() || in_over();
      }
      return !stopped_by(received);
    }
    progress = true;
    if (kept) stdio().put_out(*this, scratch().first(received.bytes));
    // A stream that gave less than there was room for has no more for now.
    if (received.bytes < scratch().size() && kept && !visit().local().records()) break;
  }
  return true;
}

void Stdio::Connection::on_end() {}

void Stdio::Connection::lost(std::size_t bytes) const {
  visit().sessions().observer().lost(visit().name(),
                                     std::to_string(bytes) + " bytes: no room for them");
}

bool Stdio::Connection::in_over() {
  in_over_ = true;
  return apply(ending_.in_over());
}

// That a peer is gone which had ended its side, in order, is no failure.
bool Stdio::Connection::gone(int error, const char* operation) {
  if (in_over_ && (error == ECONNRESET || error == EPIPE)) {
    taking_ = false;
    outbox_ = {};
    return apply(ending_.peer_gone());
  }
  fail(error, operation);
  return false;
}

bool Stdio::Connection::apply(const io::EndActions& actions) {
  if (actions.done) return end("ended"), false;
  if (actions.start_linger && stdio().options_.linger)
    linger_ = visit().sessions().loop().after(*stdio().options_.linger, [this] { end("linger"); });
  if (!actions.finish_out && !actions.end_input) return true;
  taking_ = false;
  finishing_ = true;
  if (!outbox_.empty()) return true;
  finishing_ = false;
  if (stdio().options_.shutdown) ::shutdown(socket().get(), SHUT_WR);
  return apply(ending_.out_over());
}

void Stdio::Connection::arm() {
  const bool reading = !peer_ended_ && !held_back() && stdio().output_is_free();
  const auto read = reading ? io::Interest::read : io::Interest::none;
  want(outbox_.empty() ? read : read | io::Interest::write);
}

Stdio::Datagrams::Datagrams(Visit visit, DatagramPort& port, Stdio& stdio)
    : DatagramSession(std::move(visit), port), Taker(stdio) {
  stdio.rearm();
}

void Stdio::Datagrams::take(const Chunk& chunk) {
  try {
    send(Socket::bytes(*chunk));
  } catch (const Error& error) {
    fail(error);
  }
}

void Stdio::Datagrams::lost(std::size_t bytes) const {
  visit().sessions().observer().lost(
      visit().name(), std::to_string(bytes) + " bytes: standard output takes no more");
}

void Stdio::Datagrams::on_datagram(std::span<const std::byte> data) {
  if (stdio().options_.ending.in) stdio().put_out(*this, data);
}

}  // namespace sock::serve
