#include "io/timers.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using sock::io::Clock;
using sock::io::Timers;

namespace {

Clock::time_point at(std::chrono::milliseconds t) { return Clock::time_point(t); }

void fire(Timers& timers, Clock::time_point now) {
  for (const auto& id : timers.due(now))
    if (const auto callback = timers.take(id)) callback();
}

}  // namespace

TEST_CASE("timers fire in the order of their deadlines, equal ones in the order they were added") {
  Timers timers;
  std::string fired;
  timers.add(at(30ms), [&] { fired += 'd'; });
  timers.add(at(10ms), [&] { fired += 'a'; });
  timers.add(at(20ms), [&] { fired += 'b'; });
  timers.add(at(20ms), [&] { fired += 'c'; });
  CHECK(timers.next() == at(10ms));

  fire(timers, at(9ms));
  CHECK(fired == "");
  fire(timers, at(20ms));
  CHECK(fired == "abc");
  CHECK(timers.next() == at(30ms));
  fire(timers, at(1000ms));
  CHECK(fired == "abcd");
  CHECK(timers.empty());
  CHECK_FALSE(timers.next().has_value());
}

TEST_CASE("a cancelled timer does not fire, also when an earlier one of the same turn cancels it") {
  Timers timers;
  std::string fired;
  Timers::Id second, third;
  timers.add(at(1ms), [&] {
    fired += 'a';
    timers.cancel(second);
  });
  second = timers.add(at(2ms), [&] { fired += 'b'; });
  third = timers.add(at(3ms), [&] { fired += 'c'; });
  const auto fourth = timers.add(at(4ms), [&] { fired += 'd'; });
  timers.cancel(third);
  fire(timers, at(10ms));
  CHECK(fired == "ad");
  timers.cancel(fourth);  // has fired: nothing
  CHECK(timers.empty());
}

TEST_CASE("a timer that adds itself anew, already due, waits for the next turn") {
  Timers timers;
  int fired = 0;
  std::function<void()> again = [&] {
    ++fired;
    timers.add(at(1ms), again);
  };
  timers.add(at(1ms), again);
  fire(timers, at(5ms));
  CHECK(fired == 1);
  fire(timers, at(5ms));
  CHECK(fired == 2);
}

TEST_CASE("each timer has an id of its own, also with the same deadline") {
  Timers timers;
  bool fired = false;
  const auto first = timers.add(at(1ms), [] {});
  fire(timers, at(1ms));
  timers.add(at(1ms), [&] { fired = true; });
  timers.cancel(first);
  fire(timers, at(1ms));
  CHECK(fired);
}
