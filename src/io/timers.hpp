// Deadlines in their order. Pure: the time is told, never asked.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace sock::io {

using Clock = std::chrono::steady_clock;

class Timers {
 public:
  // Names one timer, and is never used again.
  struct Id {
    Clock::time_point at;
    std::uint64_t number = 0;
    friend auto operator<=>(const Id&, const Id&) = default;
  };

  Id add(Clock::time_point at, std::function<void()>);
  void cancel(const Id&) noexcept;  // also of one that has fired
  bool empty() const noexcept { return timers_.empty(); }
  std::optional<Clock::time_point> next() const noexcept;

  // Those that are due, the earliest first and of equal ones the one added first. Each is then
  // taken: it may have been cancelled by an earlier one (null). Timers that are added meanwhile
  // are not among them, so that one that adds itself anew cannot hold up its caller for ever.
  std::vector<Id> due(Clock::time_point now) const;
  std::function<void()> take(const Id&);

 private:
  std::map<Id, std::function<void()>> timers_;
  std::uint64_t last_ = 0;
};

}  // namespace sock::io
