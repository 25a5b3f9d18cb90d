#include "cmd/meter.hpp"

#include <algorithm>
#include <numeric>

#include <doctest/doctest.h>

namespace {

using namespace sock::cmd;
using namespace std::chrono_literals;
using sock::io::Clock;

const Clock::time_point start = Clock::time_point() + 1h;

TEST_CASE("the rate now is that of the last second") {
  RateWindow window;
  CHECK(window.now() == 0);
  window.add(start, 0);
  CHECK(window.now() == 0);
  window.add(start + 500ms, 100);
  CHECK(window.now() == doctest::Approx(200));  // what there is of it
  window.add(start + 2s, 1600);
  CHECK(window.now() == doctest::Approx(1000));
  window.add(start + 10s, 1600);
  CHECK(window.now() == doctest::Approx(0));
}

TEST_CASE("the window has the seconds of half a minute, and forgets what was before") {
  RateWindow window;
  std::uint64_t count = 0;
  for (int quarter = 0; quarter <= 4 * 40; ++quarter) {
    window.add(start + quarter * 250ms, count);
    count += quarter < 4 * 35 ? 25 : 250;
    const auto seconds = window.seconds();
    CHECK(seconds.size() == static_cast<std::size_t>(std::min(30, quarter / 4)));
  }
  const auto seconds = window.seconds();
  REQUIRE(seconds.size() == 30);
  CHECK(seconds.front() == doctest::Approx(100));
  CHECK(seconds[24] == doctest::Approx(100));
  CHECK(seconds[25] == doctest::Approx(1000));
  CHECK(seconds.back() == doctest::Approx(1000));
}

TEST_CASE("no sample is lost between seconds") {
  RateWindow window;
  std::uint64_t count = 0;
  for (int i = 0; i <= 100; ++i) {
    window.add(start + i * 130ms, count);
    if (i < 100) count += static_cast<std::uint64_t>(i * 7 % 13);
  }
  const auto seconds = window.seconds();
  CHECK(seconds.size() == 13);
  CHECK(std::accumulate(seconds.begin(), seconds.end(), 0.0) ==
        doctest::Approx(static_cast<double>(count)));
}

MeterState half_way() {
  return {.sent = 3 << 20,
          .size = 6 << 20,
          .elapsed = 3s,
          .rate = 1.5 * (1 << 20),
          .seconds = {0, 512, 1024}};
}

TEST_CASE("the line has all that fits, the most important last to go") {
  struct Row {
    std::size_t width;
    const char* line;
  };
  for (const Row& row :
       {Row{80, "3.00 MiB sent  1.50 MiB/s  mean 1.00 MiB/s  0:03  50% ETA 0:02  ▁▄█"},
        Row{67, "3.00 MiB sent  1.50 MiB/s  mean 1.00 MiB/s  0:03  50% ETA 0:02  ▁▄█"},
        Row{66, "3.00 MiB sent  1.50 MiB/s  mean 1.00 MiB/s  0:03  50% ETA 0:02"},
        Row{60, "3.00 MiB sent  1.50 MiB/s  0:03  50% ETA 0:02"},
        Row{44, "3.00 MiB sent  1.50 MiB/s  50% ETA 0:02"}, Row{30, "3.00 MiB sent  1.50 MiB/s"},
        Row{20, "3.00 MiB sent"}, Row{8, "3.00 MiB"}, Row{0, ""}}) {
    CAPTURE(row.width);
    CHECK(meter_line(half_way(), row.width) == row.line);
  }
}

TEST_CASE("a terminal without UTF-8 gets ASCII") {
  const std::string line = meter_line(half_way(), 80, false);
  CHECK(line.ends_with("  _=#"));
  CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

TEST_CASE("what is not known, or not there, is not shown") {
  MeterState state{.received = 100, .elapsed = 1s};
  CHECK(meter_line(state, 80) == "100 B received  0 B/s  mean 100 B/s  0:01");
  state.sent = 50;
  CHECK(meter_line(state, 80).starts_with("50 B sent, 100 B received  "));
  state = {.size = 1000};
  CHECK(meter_line(state, 80) == "0 B sent  0 B/s  mean 0 B/s  0:00  0%");  // and no end in sight
  state = {.size = 0};
  CHECK(meter_line(state, 80).ends_with("100%"));
  state = {.sent = 2000, .size = 1000, .rate = 1};  // the file has grown
  CHECK(meter_line(state, 80).ends_with("100%"));
}

TEST_CASE("sizes have three digits, and times their colons") {
  CHECK(show_size(0) == "0 B");
  CHECK(show_size(1023) == "1023 B");
  CHECK(show_size(1024) == "1.00 KiB");
  CHECK(show_size(12.34 * 1024 * 1024) == "12.3 MiB");
  CHECK(show_size(1023.0 * 1024 * 1024 * 1024) == "1023 GiB");
  CHECK(show_clock(0s) == "0:00");
  CHECK(show_clock(65s) == "1:05");
  CHECK(show_clock(3723s) == "1:02:03");
}

}  // namespace
