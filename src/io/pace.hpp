// How much may pass now: a token bucket, and a pause after each line. Pure: the time is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "io/timers.hpp"

namespace sock::io {

class Pace {
 public:
  // `rate` in bytes a second, 0: none. What was not used is kept for a tenth of a second: no more
  // than rate * t + rate / 10 bytes pass in any time t.
  Pace(std::uint64_t rate, Clock::duration line_delay) noexcept;

  // How many of these bytes may pass now; nothing: none before next(). A message goes whole.
  std::optional<std::size_t> allowed(std::span<const std::byte>, bool message,
                                     Clock::time_point now) noexcept;
  // These have passed.
  void passed(std::span<const std::byte>, bool message, Clock::time_point now) noexcept;
  // When it is worth while to ask again; only after allowed() gave nothing.
  Clock::time_point next() const noexcept { return next_; }

 private:
  void refill(Clock::time_point now) noexcept;

  double rate_;
  double most_;    // the bucket holds no more
  double tokens_;  // below 0 after a message that was larger than the bucket
  Clock::duration line_delay_;
  Clock::time_point refilled_{};
  Clock::time_point line_at_{};  // no line before
  Clock::time_point next_{};
};

}  // namespace sock::io
