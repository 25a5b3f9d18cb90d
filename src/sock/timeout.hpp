// The three meanings of a timeout, and a deadline on the monotonic clock.
#pragma once

#include <chrono>
#include <climits>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>

namespace sock {

// none: block for ever. 0: never block. > 0: give up after so long.
// Python's documentation: socket.settimeout.
class Timeout {
 public:
  constexpr Timeout() noexcept = default;        // blocking
  constexpr Timeout(std::nullopt_t) noexcept {}  // blocking
  // Rounded up to whole nanoseconds, so that a tiny timeout never turns into "never block".
  // Throws std::invalid_argument below 0 and for NaN, std::out_of_range past 2^63 ns.
  template <class Rep, class Period>
  constexpr Timeout(std::chrono::duration<Rep, Period> d) : ns_(round_up(d)) {}

  constexpr bool blocking() const noexcept { return ns_ < 0; }
  constexpr bool nonblocking() const noexcept { return ns_ == 0; }
  constexpr bool timed() const noexcept { return ns_ > 0; }
  constexpr std::optional<std::chrono::nanoseconds> value() const noexcept {
    return blocking() ? std::nullopt : std::optional(std::chrono::nanoseconds(ns_));
  }

  friend constexpr bool operator==(Timeout, Timeout) noexcept = default;

 private:
  template <class Rep, class Period>
  static constexpr std::int64_t round_up(std::chrono::duration<Rep, Period> d) {
    if constexpr (std::chrono::treat_as_floating_point_v<Rep>) {
      const long double ns = std::chrono::duration<long double, std::nano>(d).count();
      if (ns != ns) throw std::invalid_argument("Invalid value NaN (not a number)");
      if (ns < 0) throw std::invalid_argument("Timeout value out of range");
      if (ns >= 9223372036854775808.0L) throw std::out_of_range("timeout doesn't fit into 64 bits");
      return static_cast<std::int64_t>(std::ceil(ns));
    } else {
      if (d < d.zero()) throw std::invalid_argument("Timeout value out of range");
      if (std::chrono::duration<long double, std::nano>(d).count() >= 9223372036854775808.0L)
        throw std::out_of_range("timeout doesn't fit into 64 bits");
      return std::chrono::ceil<std::chrono::nanoseconds>(d).count();
    }
  }

  std::int64_t ns_ = -1;
};
static_assert(sizeof(Timeout) == 8);

// The moment at which one call must have returned. Reads the clock once when it is made (not at
// all without a timeout) and once for each question.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(Timeout timeout) {
    const auto d = timeout.value();
    if (!d) return;
    const auto now = Clock::now();
    at_ = *d >= Clock::time_point::max() - now ? Clock::time_point::max() : now + *d;
  }

  // time_point::max() without a limit.
  Clock::time_point at() const noexcept { return at_; }
  bool unlimited() const noexcept { return at_ == Clock::time_point::max(); }
  bool passed() const { return !unlimited() && Clock::now() >= at_; }
  // For poll(2): -1 without a limit, else what is left, rounded up so that it never fires early,
  // and at most INT_MAX: ask again when that has passed.
  int poll_ms() const {
    if (unlimited()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - Clock::now()).count();
    if (left <= 0) return 0;
    return left > INT_MAX ? INT_MAX : static_cast<int>(left);
  }

 private:
  Clock::time_point at_ = Clock::time_point::max();
};

}  // namespace sock
