// Happy eyeballs (RFC 8305) as a schedule: which address is tried when. Pure: times are told.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace sock::wire {

// The order in which addresses of these families (AF_INET, AF_INET6 ...) are tried, as indices:
// families take turns, the first's or the preferred one's at first; within a family the order stays
// (section 4).
std::vector<std::size_t> interleaved(std::span<const int> families, std::optional<int> preferred);
// One after the other as they come; those of the preferred family before all others.
std::vector<std::size_t> in_sequence(std::span<const int> families, std::optional<int> preferred);

// Attempts 0, 1, 2 ... are started one by one: each as soon as one has failed, or when the delay
// since the last start is over (section 5). Without a delay only after failures. Who runs it ends
// it with the first success.
class Race {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Delay = std::chrono::steady_clock::duration;
  static constexpr Delay recommended = std::chrono::milliseconds(250);

  Race(std::size_t attempts, std::optional<Delay> delay) noexcept
      : attempts_(attempts), delay_(delay) {}

  // The attempt to be started now, if one is due; it counts as started.
  std::optional<std::size_t> start(Time now) noexcept;
  // When to ask again though nothing has happened until then.
  std::optional<Time> next() const noexcept;
  // One of those started has failed: another one is due.
  void failed() noexcept;
  // All have failed.
  bool lost() const noexcept { return failed_ == attempts_; }

 private:
  std::size_t attempts_, started_ = 0, failed_ = 0;
  std::optional<Delay> delay_;
  Time due_ = Time::min();  // of the attempt after the last started
};

}  // namespace sock::wire
