// One line about how a transfer goes: bytes, rates, time, and what is left. Pure: the time is told.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "io/timers.hpp"

namespace sock::cmd {

// How a count grew in the last half minute.
class RateWindow {
 public:
  static constexpr std::chrono::seconds span{30};

  // Counts never fall, and moments neither.
  void add(io::Clock::time_point, std::uint64_t count);
  // A second: over the last second, or what there is of it.
  double now() const;
  // The rate of each second of the window that is over, the latest last.
  std::vector<double> seconds() const;

 private:
  struct Sample {
    io::Clock::time_point at;
    std::uint64_t count;
  };
  double count_at(io::Clock::time_point) const;

  std::deque<Sample> samples_;
};

struct MeterState {
  std::uint64_t sent = 0, received = 0;    // bytes
  std::optional<std::uint64_t> size = {};  // of the input
  std::chrono::nanoseconds elapsed{};
  double rate = 0;                   // bytes a second, now
  std::vector<double> seconds = {};  // RateWindow::seconds()
};

// At most `width` columns. Of what does not fit the least important is left out. `unicode`: the
// sparkline may have block characters; else there are only ASCII ones.
std::string meter_line(const MeterState&, std::size_t width, bool unicode = true);

// "512 B", "1.5 KiB", "12.0 MiB", "1.00 GiB": three digits at least where there are more.
std::string show_size(double bytes);

// "0:05", "12:34", "1:02:03"
std::string show_clock(std::chrono::nanoseconds);

}  // namespace sock::cmd
