#include "io/flow.hpp"

#include <algorithm>
#include <utility>

#include "io/pipe_pool.hpp"
#include "sock/error.hpp"

namespace sock::io {

namespace {

// What one pump may take before the other direction gets its turn.
constexpr std::uint64_t fair_bytes = 1024 * 1024;
constexpr int fair_reads = 16;
constexpr std::size_t splice_size = 1024 * 1024;
// Messages that came alone before their source is asked for two at a time again.
constexpr unsigned asked_again_after = 16;

// With a rate no more is read than passes in a tenth of a second, so that the source is slowed down
// too. A message needs all the room there is.
std::size_t buffer_size(const Flow::Options& options, const Channel& from) {
  if (options.shape.rate == 0 || from.messages()) return options.buffer_size;
  const std::uint64_t tenth = std::max<std::uint64_t>(options.shape.rate / 10, 1024);
  return static_cast<std::size_t>(std::min<std::uint64_t>(options.buffer_size, tenth));
}

}  // namespace

Flow::Flow(Channel& from, Channel& to, Options options)
    : from_(from),
      to_(to),
      options_(std::move(options)),
      buffer_(buffer_size(options_, from)),
      keeps_messages_(from.messages() || (to.messages() && !options_.discard)) {
  if (options_.discard) options_.shape = {};
  const Shape& shape = options_.shape;
  filter_ = Filter::for_shape(shape, {from.messages(), to.messages(), from.name(false)});
  if (shape.paced()) pace_ = std::make_unique<Pace>(shape.rate, shape.line_delay);
  const bool looked_at = filter_ || pace_ || options_.on_read || options_.on_written;
  if (to.batches() && !options_.discard && !looked_at && shape == Shape())
    batch_ = std::make_unique<MessageBatch>(options_.buffer_size);
  if (keeps_messages_ || options_.discard || looked_at) options_.route = Route::buffer;
  if (options_.route == Route::buffer) return;
  const auto source = from.plain_fd(false);
  if (options_.route == Route::kernel || (source && worth_splicing_from_start(*source)))
    try_kernel_route();
}

bool Flow::pump() {
  progress_ = false;
  paused_until_.reset();
  try {
    const std::uint64_t enough = received() + fair_bytes;
    auto next = Step::again;
    for (int reads = 0; state_ == State::running && deliver() == Step::again; ++reads) {
      if (at_limit()) {
        input_ended_ = limited_ = true;
        progress_ = true;
      }
      if (input_ended_) {
        if (end_filter()) continue;
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
  if (batch_) return deliver_batch();
  const auto in_transit = [this] { return splice_ && splice_->held() != 0; };
  while (holding_ || in_transit()) {
    if (!holding_) {
      splice();
      if (!holding_ && in_transit()) return Step::wait;
      continue;
    }
    side_ = Side::writing;
    auto bytes = next_to_write();
    if (pace_) {
      const auto most = pace_->allowed(bytes, to_.messages(), options_.now());
      if (!most) {
        paused_until_ = pace_->next();
        return Step::wait;
      }
      bytes = bytes.first(*most);
    }
    const Attempt attempt = to_.try_write(bytes);
    if (attempt.kind != Attempt::Kind::moved) return Step::wait;
    const std::size_t offered = bytes.size();
    written(bytes.first(attempt.bytes));
    // It took less than it was given, so it is full; the next try can wait for readiness.
    if (attempt.bytes < offered) return Step::wait;
  }
  return Step::again;
}

// again: more may be had at once.
Flow::Step Flow::refill() {
  if (batch_) return fill_batch();
  side_ = Side::reading;
  auto room = buffer_.room();
  if (!from_.messages() && options_.shape.max_bytes - received() < room.size())
    room = room.first(static_cast<std::size_t>(options_.shape.max_bytes - received()));
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
  if (messages_read_++ == 0 && options_.on_first) show(options_.on_first, buffer_.held());
  if (options_.on_read) show(options_.on_read, buffer_.held());
  holding_ = true;
  if (options_.discard) {
    written(buffer_.held());
  } else if (filter_) {
    filter_->put(buffer_.held());
    buffer_.drained(attempt.bytes);
    holding_ = filtered();
  } else if (options_.route == Route::automatic && worth_splicing(attempt.bytes)) {
    try_kernel_route();
  }
  // A stream that gave less than was asked for has no more for now: asking again would only be told
  // so, and readiness tells, too.
  const bool drained = attempt.bytes < room.size() && !from_.messages() && !from_.pending();
  return drained ? Step::wait : Step::again;
}

Flow::Step Flow::deliver_batch() {
  if (!holding_) return Step::again;
  side_ = Side::writing;
  const std::size_t sent = to_.try_write_batch(batch_->bytes(), batch_->sizes());
  if (sent == 0) return Step::wait;
  progress_ = true;
  batch_->sent(sent);
  messages_ += sent;
  holding_ = !batch_->empty();
  return holding_ ? Step::wait : Step::again;
}

// All that is there, but nothing is waited for. That a stream gave less than was asked for need not
// mean that it has no more, for it may be a pipe of packets: it is asked again, but seldom while
// that turns out to be in vain.
Flow::Step Flow::fill_batch() try {
  side_ = Side::reading;
  if (read_error_) std::rethrow_exception(std::exchange(read_error_, nullptr));
  for (auto room = batch_->room(); !room.empty(); room = batch_->room()) {
    const Attempt attempt = from_.try_read(room);
    if (attempt.kind == Attempt::Kind::blocked) {
      if (batch_->sizes().size() == 1) alone_ = asked_again_after;
      return Step::wait;
    }
    progress_ = true;
    if (attempt.kind == Attempt::Kind::end) {
      input_ended_ = true;
      break;
    }
    batch_->filled(attempt.bytes);
    holding_ = true;
    if (attempt.bytes < room.size() && !from_.messages() && !from_.pending() && alone_ != 0) {
      --alone_;
      return Step::wait;
    }
  }
  return Step::again;
} catch (const Error&) {
  if (!holding_) throw;
  read_error_ = std::current_exception();  // first what was read before
  return Step::again;
}

void Flow::try_kernel_route() {
  const auto source = from_.plain_fd(false);
  const auto sink = to_.plain_fd(true);
  if (source && sink) splice_ = Splice::between(*source, *sink);
  if (splice_) return;
  options_.route = Route::buffer;  // not asked again
  // Much passes all the same, as where TLS stands between: each call moves more.
  for (const auto& end : {source, sink})
    if (end) enlarge_pipe(*end);
}

// again: more may be had at once.
Flow::Step Flow::splice() {
  if (retreating_) return retreat();
  using Kind = Spliced::Kind;
  const std::uint64_t before = delivered();
  const Spliced result = splice_->move(static_cast<std::size_t>(
      std::min<std::uint64_t>(splice_size, options_.shape.max_bytes - received())));
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

bool Flow::at_limit() const noexcept {
  const Shape& shape = options_.shape;
  return !input_ended_ && (received() >= shape.max_bytes || messages_read_ >= shape.max_messages);
}

// true: there is something to be written at last.
bool Flow::end_filter() {
  if (!filter_ || filter_->ended()) return false;
  filter_->end();
  holding_ = filtered();
  return holding_;
}

// Is there something to be written? A failure of the filter comes behind all of that.
bool Flow::filtered() {
  if (filter_->ready()) return true;
  side_ = Side::reading;
  filter_->check();
  return false;
}

std::span<const std::byte> Flow::next_to_write() const noexcept {
  return filter_ ? filter_->front() : buffer_.held();
}

void Flow::written(std::span<const std::byte> bytes) {
  progress_ = true;
  if (pace_) pace_->passed(bytes, to_.messages(), options_.now());
  if (filter_) {
    const bool whole = bytes.size() == filter_->front().size();
    filter_->pop(bytes.size());
    if (keeps_messages_ && whole) ++messages_;
  } else {
    buffer_.drained(bytes.size());
    holding_ = !buffer_.empty();
    if (keeps_messages_ && !holding_) ++messages_;
  }
  if (options_.on_written) show(options_.on_written, bytes);
  if (filter_) holding_ = filtered();
}

// A failure to show is none of the far side's, which may be gone without harm.
void Flow::show(const Tap& tap, std::span<const std::byte> bytes) {
  side_ = Side::reading;
  tap(bytes);
}

bool Flow::delivered_to_end() const noexcept {
  return state_ == State::running && input_ended_ && !holding_ && blocked_ == Side::reading &&
         (!filter_ || filter_->ended());
}

void Flow::hurry() noexcept {
  pace_.reset();
  paused_until_.reset();
}

bool Flow::wants_read() const noexcept {
  return state_ == State::running && !holding_ && !input_ended_ && blocked_ == Side::reading &&
         !paused_until_;
}

bool Flow::wants_write() const noexcept {
  return state_ == State::finishing ||
         (state_ == State::running && !paused_until_ && (holding_ || blocked_ == Side::writing));
}

void Flow::abandon() noexcept {
  if (!over()) state_ = State::done;
}

}  // namespace sock::io
