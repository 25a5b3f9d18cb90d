#include "serve/forward_datagrams.hpp"

#include <cerrno>
#include <utility>

#include "serve/sessions.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 64;
constexpr std::size_t most_early = 64;  // datagrams
constexpr std::size_t most_waiting = 256 * 1024;

}  // namespace

ForwardDatagrams::ForwardDatagrams(Visit visit, DatagramPort& port, const wire::DialPlan& target,
                                   const std::optional<wire::Tls>& tls, const io::Framing& framing)
    : DatagramSession(std::move(visit), port), framing_(framing) {
  const Sessions& sessions = this->visit().sessions();
  reaching_ = std::make_unique<wire::Reaching>(
      sessions.loop(), target, tls, sessions.observer(),
      [this](const std::exception_ptr& error, wire::Reached* reached) {
        this->reached(error, reached);
      });
}

// TLS has an end of its own.
ForwardDatagrams::~ForwardDatagrams() {
  if (!far_) return;
  try {
    (void)far_->try_finish();
  } catch (const std::exception&) {  // it is gone
  }
}

void ForwardDatagrams::lost(std::size_t bytes, const char* why) {
  visit().sessions().observer().lost(visit().name(),
                                     "a datagram of " + std::to_string(bytes) + " bytes: " + why);
}

void ForwardDatagrams::on_datagram(std::span<const std::byte> data) {
  if (!far_) {
    if (early_.size() == most_early) return lost(data.size());
    early_.emplace_back(reinterpret_cast<const char*>(data.data()), data.size());
    return;
  }
  try {
    pass_on(data);
  } catch (const std::exception& error) {
    return broke(error);
  }
  rearm();
}

void ForwardDatagrams::pass_on(std::span<const std::byte> data) {
  if (split_) return pass_on_joined(data);
  try {
    if (far_->try_write(data).kind == io::Attempt::Kind::blocked) lost(data.size());
  } catch (const Error& error) {
    if (error.code().value() != EMSGSIZE) throw;
    lost(data.size(), "too large for the other side");
  }
}

void ForwardDatagrams::pass_on_joined(std::span<const std::byte> data) {
  if (waiting_.size() + data.size() > most_waiting) return lost(data.size());
  if (join_) {
    join_->put(data);
    data = join_->front();
  }
  waiting_.insert(waiting_.end(), data.begin(), data.end());
  if (join_) join_->pop(data.size());
  flush();
}

// Whether anything was taken.
bool ForwardDatagrams::flush() {
  std::size_t taken = 0;
  while (taken != waiting_.size()) {
    const io::Attempt attempt = far_->try_write(std::span(waiting_).subspan(taken));
    if (attempt.kind != io::Attempt::Kind::moved) break;
    taken += attempt.bytes;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
  return taken != 0;
}

void ForwardDatagrams::reached(const std::exception_ptr& error, wire::Reached* reached) {
  try {
    if (error) std::rethrow_exception(error);
    const std::string name = reached->dialed.name;
    far_ = wire::channel_of(std::move(*reached));
    if (!far_->messages()) {
      join_ = io::Filter::for_shape({.framing = framing_}, {.from_messages = true});
      split_ = io::Filter::for_shape({.framing = framing_}, {.to_messages = true, .source = name});
      if (!split_) throw_errno(EPROTOTYPE, "connect", name);
    }
    watch_ = visit().sessions().loop().watch(far_->read_fd(), io::Interest::read, "other side",
                                             [this](io::Ready ready) { return on_ready(ready); });
    for (const std::string& datagram : std::exchange(early_, {})) pass_on(Socket::bytes(datagram));
  } catch (const std::exception& e) {
    return fail(e);
  }
  rearm();
  reaching_.reset();
}

void ForwardDatagrams::rearm() {
  const io::Wants wants = far_->wants(true, !waiting_.empty());
  watch_.set(wants.read_fd | wants.write_fd);
  // What it has in store no readiness tells of.
  if (far_->pending())
    pending_ = visit().sessions().loop().after({}, [this] { on_ready({.read = true}); });
}

bool ForwardDatagrams::on_ready(io::Ready) {
  bool progress = false, over = false;
  try {
    progress = flush();
    progress = read(over) || progress;
  } catch (const std::exception& error) {
    return broke(error), true;
  }
  if (over) return end("ended"), true;
  rearm();
  return progress;
}

// What a stream holds is datagrams. Its end, or TLS's, is that of the session.
bool ForwardDatagrams::read(bool& over) {
  const auto room = visit().sessions().scratch();
  const int most = split_ ? 1 : fair_reads;
  for (int reads = 0; reads < most; ++reads) {
    const io::Attempt attempt = far_->try_read(room);
    if (attempt.kind == io::Attempt::Kind::blocked) return reads > 0;
    over = attempt.kind == io::Attempt::Kind::end;
    if (!over) {
      answered(room.first(attempt.bytes));
      continue;
    }
    if (!split_) break;
    split_->end();
    send_split();
    break;
  }
  return true;
}

void ForwardDatagrams::answered(std::span<const std::byte> data) {
  if (!split_) return send(data);
  split_->put(data);
  send_split();
}

void ForwardDatagrams::send_split() {
  for (; split_->ready(); split_->pop(split_->front().size())) send(split_->front());
  split_->check();
}

}  // namespace sock::serve
