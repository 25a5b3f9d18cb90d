#include "io/flow.hpp"

namespace sock::io {

namespace {

// What one pump may take before the other direction gets its turn.
constexpr std::uint64_t fair_bytes = 1024 * 1024;
constexpr int fair_reads = 16;

}  // namespace

Flow::Flow(Channel& from, Channel& to, Options options)
    : from_(from),
      to_(to),
      options_(options),
      buffer_(options.buffer_size),
      keeps_messages_(from.messages() || (to.messages() && !options.discard)) {}

bool Flow::pump() {
  progress_ = false;
  try {
    const std::uint64_t enough = received() + fair_bytes;
    auto next = Step::again;
    for (int reads = 0; state_ == State::running && deliver() == Step::again; ++reads) {
      if (input_ended_) {
        if (options_.hold) break;
        state_ = State::finishing;
        progress_ = true;
      } else if (next == Step::wait || reads == fair_reads || received() >= enough) {
        break;
      } else {
        next = refill();
      }
    }
    if (state_ == State::finishing) {
      side_ = Side::writing;
      if (!options_.finish || to_.try_finish()) {
        state_ = State::done;
        progress_ = true;
      }
    }
  } catch (...) {
    error_ = std::current_exception();
    state_ = State::failed;
    progress_ = true;
  }
  return progress_;
}

// again: nothing is held.
Flow::Step Flow::deliver() {
  if (!holding_) return Step::again;
  side_ = Side::writing;
  const Attempt attempt = to_.try_write(buffer_.held());
  if (attempt.kind != Attempt::Kind::moved) return Step::wait;
  progress_ = true;
  buffer_.drained(attempt.bytes);
  // It took less than it was given, so it is full; the next try can wait for readiness.
  if (!buffer_.empty()) return Step::wait;
  delivered_all();
  return Step::again;
}

// again: more may be had at once.
Flow::Step Flow::refill() {
  side_ = Side::reading;
  const auto room = buffer_.room();
  const Attempt attempt = from_.try_read(room);
  switch (attempt.kind) {
    case Attempt::Kind::blocked:
      return Step::wait;
    case Attempt::Kind::end:
      input_ended_ = true;
      progress_ = true;
      return Step::again;
    case Attempt::Kind::moved:
      break;
  }
  progress_ = true;
  buffer_.filled(attempt.bytes);
  holding_ = true;
  if (options_.discard) {
    buffer_.drained(attempt.bytes);
    delivered_all();
  }
  // A stream that gave less than was asked for has no more for now: asking again would only be told
  // so, and readiness tells, too.
  const bool drained = attempt.bytes < room.size() && !from_.messages() && !from_.pending();
  return drained ? Step::wait : Step::again;
}

void Flow::delivered_all() noexcept {
  holding_ = false;
  if (keeps_messages_) ++messages_;
}

bool Flow::wants_read() const noexcept {
  return state_ == State::running && !holding_ && !input_ended_;
}

bool Flow::wants_write() const noexcept {
  return state_ == State::finishing || (state_ == State::running && holding_);
}

void Flow::abandon() noexcept {
  if (!over()) state_ = State::done;
}

}  // namespace sock::io
