#include "serve/forward_datagrams.hpp"

#include <utility>

#include "serve/stream_session.hpp"
#include "sock/error.hpp"
#include "wire/wrapped.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 64;
constexpr std::size_t most_early = 64;  // datagrams
constexpr std::size_t most_waiting = 256 * 1024;

}  // namespace

ForwardDatagrams::ForwardDatagrams(Visit visit, DatagramPort& port, const wire::DialPlan& target,
                                   const io::Framing& framing)
    : DatagramSession(std::move(visit), port), framing_(framing) {
  const Sessions& sessions = this->visit().sessions();
  dialing_ = std::make_unique<wire::Dialing>(
      sessions.loop(), target, sessions.observer(),
      [this](const std::exception_ptr& error, wire::Dialed* dialed) { reached(error, dialed); });
}

void ForwardDatagrams::lost(std::size_t bytes) {
  visit().sessions().observer().lost(visit().name(), "a datagram of " + std::to_string(bytes) +
                                                         " bytes: the other side takes no more");
}

void ForwardDatagrams::on_datagram(std::span<const std::byte> data) {
  if (far_ || datagrams_) return pass_on(data);
  if (early_.size() == most_early) return lost(data.size());
  early_.emplace_back(reinterpret_cast<const char*>(data.data()), data.size());
}

void ForwardDatagrams::pass_on_joined(std::span<const std::byte> data) {
  if (outbox_.size() + data.size() > most_waiting) return lost(data.size());
  if (join_) {
    join_->put(data);
    data = join_->front();
  }
  const int err = outbox_.send(far_->socket, data);
  if (join_) join_->pop(data.size());
  if (err != 0) return broke(err, "send");
  if (!outbox_.empty()) watch_.set(io::Interest::both);
}

void ForwardDatagrams::pass_on(std::span<const std::byte> data) {
  if (split_) return pass_on_joined(data);
  if (datagrams_->try_write(data).kind == io::Attempt::Kind::blocked) lost(data.size());
}

void ForwardDatagrams::reached(const std::exception_ptr& error, wire::Dialed* dialed) {
  try {
    if (error) std::rethrow_exception(error);
    if (dialed->socket.type() == SOCK_STREAM) {
      join_ = io::Filter::for_shape({.framing = framing_}, {.from_messages = true});
      split_ = io::Filter::for_shape({.framing = framing_},
                                     {.to_messages = true, .source = dialed->name});
      if (!split_) throw_errno(EPROTOTYPE, "connect", dialed->name);
      far_ = std::make_unique<wire::Dialed>(std::move(*dialed));
    } else {
      datagrams_ = wire::wrapped_channel(std::move(dialed->socket),
                                         std::move(dialed->wrapping).value_or(wire::Wrapping()),
                                         std::move(dialed->name));
    }
    const FdRef fd = far_ ? FdRef(far_->socket) : datagrams_->read_fd();
    watch_ = visit().sessions().loop().watch(fd, io::Interest::read, "other side",
                                             [this](io::Ready ready) { return on_ready(ready); });
    for (const std::string& datagram : std::exchange(early_, {})) pass_on(Socket::bytes(datagram));
  } catch (const std::exception& e) {
    return fail(e);
  }
  dialing_.reset();
}

bool ForwardDatagrams::on_ready(io::Ready ready) {
  if (!split_) return on_answer();
  if (ready.write && !outbox_.empty()) {
    if (const int err = outbox_.flush(far_->socket)) return broke(err, "send"), true;
    if (outbox_.empty()) watch_.set(io::Interest::read);
  }
  return on_stream();
}

// What the stream holds is datagrams; its end is that of the session.
bool ForwardDatagrams::on_stream() {
  const auto room = visit().sessions().scratch();
  const Received received = serve::receive(far_->socket, room, false);
  if (received.kind == Received::Kind::blocked) return false;
  if (received.kind == Received::Kind::error) return broke(received.error, "recv"), true;
  try {
    if (received.kind == Received::Kind::end)
      split_->end();
    else
      split_->put(room.first(received.bytes));
    for (; split_->ready(); split_->pop(split_->front().size())) send(split_->front());
    split_->check();
  } catch (const std::exception& error) {
    return fail(error), true;
  }
  if (received.kind == Received::Kind::end) end("ended");
  return true;
}

bool ForwardDatagrams::on_answer() {
  const auto room = visit().sessions().scratch();
  try {
    for (int reads = 0; reads < fair_reads; ++reads) {
      const io::Attempt attempt = datagrams_->try_read(room);
      if (attempt.kind != io::Attempt::Kind::moved) return reads > 0;
      send(room.first(attempt.bytes));
    }
  } catch (const std::exception& error) {
    fail(error);
  }
  return true;
}

}  // namespace sock::serve
