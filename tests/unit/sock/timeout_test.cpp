#include "sock/timeout.hpp"

#include <chrono>
#include <climits>
#include <limits>

#include <doctest/doctest.h>

using namespace sock;
using namespace std::chrono_literals;

namespace {
using Seconds = std::chrono::duration<double>;
using Picoseconds = std::chrono::duration<std::int64_t, std::pico>;
}  // namespace

TEST_CASE("a timeout means exactly one of three things") {
  constexpr Timeout none;
  static_assert(none.blocking() && !none.nonblocking() && !none.timed());
  static_assert(Timeout(std::nullopt) == none);
  static_assert(!none.value());
  constexpr Timeout zero(0s);
  static_assert(!zero.blocking() && zero.nonblocking() && !zero.timed());
  static_assert(*zero.value() == 0ns);
  constexpr Timeout some(5ms);
  static_assert(!some.blocking() && !some.nonblocking() && some.timed());
  static_assert(*some.value() == 5'000'000ns);
  static_assert(none != zero && zero != some);
}

TEST_CASE("a timeout is rounded up to whole nanoseconds") {
  CHECK(Timeout(Seconds(1e-10)).value() == 1ns);
  CHECK(Timeout(Seconds(1e-300)).timed());
  CHECK(Timeout(Picoseconds(1)).value() == 1ns);
  CHECK(Timeout(Picoseconds(1001)).value() == 2ns);
  CHECK(Timeout(Picoseconds(2000)).value() == 2ns);
  CHECK(Timeout(Seconds(2.5)).value() == 2500ms);
  CHECK(Timeout(Seconds(-0.0)).nonblocking());
}

TEST_CASE("a timeout is not below zero, not NaN and fits into 64 bits") {
  CHECK_THROWS_WITH_AS(Timeout(-1ns), "Timeout value out of range", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Timeout(Seconds(-1e-9)), "Timeout value out of range",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Timeout(Seconds(std::numeric_limits<double>::quiet_NaN())),
                       "Invalid value NaN (not a number)", std::invalid_argument);
  CHECK_THROWS_AS(Timeout(Seconds(std::numeric_limits<double>::infinity())), std::out_of_range);
  CHECK_THROWS_AS(Timeout(Seconds(9223372036.9)), std::out_of_range);
  CHECK_THROWS_AS(Timeout{std::chrono::seconds::max()}, std::out_of_range);
  CHECK(Timeout(std::chrono::nanoseconds::max()).value() == std::chrono::nanoseconds::max());
}

TEST_CASE("without a timeout a deadline never passes") {
  const Deadline never{Timeout()};
  CHECK(never.unlimited());
  CHECK_FALSE(never.passed());
  CHECK(never.poll_ms() == -1);
}

TEST_CASE("the longest timeout is as good as none") {
  const Deadline never{Timeout(std::chrono::nanoseconds::max())};
  CHECK(never.unlimited());
  CHECK(never.poll_ms() == -1);
}

TEST_CASE("what is left is rounded up, so that it never fires early") {
  const Deadline hour{Timeout(1h)};
  CHECK_FALSE(hour.unlimited());
  CHECK_FALSE(hour.passed());
  CHECK(hour.poll_ms() <= 3'600'000);
  CHECK(hour.poll_ms() > 3'000'000);
  // Less than a whole number of milliseconds is left from the first nanosecond on.
  const auto before = Deadline::Clock::now();
  const Deadline soon{Timeout(100ms)};
  const int left = soon.poll_ms();
  const auto elapsed = Deadline::Clock::now() - before;
  CHECK(left <= 100);
  CHECK(std::chrono::milliseconds(left) + elapsed >= 100ms);
}

TEST_CASE("a deadline of now has passed and leaves nothing to wait for") {
  const Deadline now{Timeout(0s)};
  CHECK(now.passed());
  CHECK(now.poll_ms() == 0);
}

TEST_CASE("more than poll can take is cut to INT_MAX") {
  const Deadline year{Timeout(24h * 365)};
  CHECK_FALSE(year.unlimited());
  CHECK(year.poll_ms() == INT_MAX);
}
