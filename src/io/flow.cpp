#include "io/flow.hpp"

#include "sock/error.hpp"

namespace sock::io {

namespace {

// What one pump may take before the other direction gets its turn.
constexpr std::uint64_t fair_bytes = 1024 * 1024;
constexpr int fair_reads = 16;
constexpr std::size_t splice_size = 1024 * 1024;

}  // namespace

Flow::Flow(Channel& from, Channel& to, Options options)
    : from_(from),
      to_(to),
      options_(options),
      buffer_(options.buffer_size),
      keeps_messages_(from.messages() || (to.messages() && !options.discard)) {
  if (keeps_messages_ || options.discard) options_.route = Route::buffer;
  if (options_.route == Route::buffer) return;
  const auto source = from.plain_fd(false);
  if (options_.route == Route::kernel || (source && worth_splicing_from_start(*source)))
    try_kernel_route();
}

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
        next = splice_ ? splice() : refill();
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
  const auto in_transit = [this] { return splice_ && splice_->held() != 0; };
  while (holding_ || in_transit()) {
    if (!holding_) {
      splice();
      if (!holding_ && in_transit()) return Step::wait;
      continue;
    }
    side_ = Side::writing;
    const Attempt attempt = to_.try_write(buffer_.held());
    if (attempt.kind != Attempt::Kind::moved) return Step::wait;
    progress_ = true;
    buffer_.drained(attempt.bytes);
    // It took less than it was given, so it is full; the next try can wait for readiness.
    if (!buffer_.empty()) return Step::wait;
    delivered_all();
  }
  return Step::again;
}

// again: more may be had at once.
Flow::Step Flow::refill() {
  side_ = Side::reading;
  const auto room = buffer_.room();
  const Attempt attempt = from_.try_read(room);
  switch (attempt.kind) {
    case Attempt::Kind::blocked:
      buffer_.filled(0);
      return Step::wait;
    case Attempt::Kind::end:
      buffer_.filled(0);
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
  } else if (options_.route == Route::automatic && worth_splicing(attempt.bytes)) {
    try_kernel_route();
  }
  // A stream that gave less than was asked for has no more for now: asking again would only be told
  // so, and readiness tells, too.
  const bool drained = attempt.bytes < room.size() && !from_.messages() && !from_.pending();
  return drained ? Step::wait : Step::again;
}

void Flow::try_kernel_route() {
  const auto source = from_.plain_fd(false);
  const auto sink = to_.plain_fd(true);
  if (source && sink) splice_ = Splice::between(*source, *sink);
  if (!splice_) options_.route = Route::buffer;  // not asked again
}

// again: more may be had at once.
Flow::Step Flow::splice() {
  if (retreating_) return retreat();
  using Kind = Spliced::Kind;
  const std::uint64_t before = delivered();
  const Spliced result = splice_->move(splice_size);
  spliced_ += result.bytes;
  if (result.bytes != 0 || delivered() != before) progress_ = true;
  switch (result.kind) {
    case Kind::moved:
      return Step::again;
    case Kind::short_:
      return Step::wait;  // for the side that was waited for last: most often it is the one again
    case Kind::source_blocked:
      blocked_ = Side::reading;
      return Step::wait;
    case Kind::sink_blocked:
      blocked_ = Side::writing;
      return Step::wait;
    case Kind::end:
      input_ended_ = true;
      progress_ = true;
      blocked_ = Side::reading;
      return Step::again;
    case Kind::source_failed:
      side_ = Side::reading;
      throw_errno(result.error, "read", from_.name(false));
    case Kind::sink_failed:
      side_ = Side::writing;
      throw_errno(result.error, "write", to_.name(true));
    case Kind::unsupported:
      break;
  }
  retreating_ = true;
  return retreat();
}

// From the kernel's route to the buffer, with all that was in transit.
Flow::Step Flow::retreat() {
  const std::size_t n = splice_->take(buffer_.room());
  spliced_ -= n;
  buffer_.filled(n);
  holding_ = n != 0;
  progress_ = true;
  if (splice_->held() == 0) {
    splice_.reset();
    options_.route = Route::buffer;
    retreating_ = false;
    blocked_ = Side::reading;
  }
  return Step::again;
}

void Flow::delivered_all() noexcept {
  holding_ = false;
  if (keeps_messages_) ++messages_;
}

bool Flow::wants_read() const noexcept {
  return state_ == State::running && !holding_ && !input_ended_ && blocked_ == Side::reading;
}

bool Flow::wants_write() const noexcept {
  return state_ == State::finishing ||
         (state_ == State::running && (holding_ || blocked_ == Side::writing));
}

void Flow::abandon() noexcept {
  if (!over()) state_ = State::done;
}

}  // namespace sock::io
