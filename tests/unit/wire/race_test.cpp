#include "wire/race.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace sock::wire;
using namespace std::chrono_literals;

namespace {

constexpr int v4 = AF_INET, v6 = AF_INET6;
using Order = std::vector<std::size_t>;

// How an attempt goes: its end comes after this time, or never.
struct Fate {
  enum { connects, fails, silent } end;
  std::chrono::milliseconds after{};
};

// What a race comes to under a clock that jumps from event to event.
struct Course {
  std::vector<int> starts;  // milliseconds; of those started
  int winner = -1;
  int over = -1;  // when it was won or lost; -1: never
};

Course run(const std::vector<Fate>& fates, std::optional<Race::Delay> delay) {
  const Race::Time zero{};
  const auto ms = [&](Race::Time t) {
    return static_cast<int>(
        std::chrono::duration_cast<std::chrono::milliseconds>(t - zero).count());
  };
  Race race(fates.size(), delay);
  Course course;
  std::multimap<Race::Time, std::size_t> ends;
  for (Race::Time now = zero;;) {
    while (const auto i = race.start(now)) {
      CHECK(*i == course.starts.size());
      course.starts.push_back(ms(now));
      if (fates[*i].end != Fate::silent) ends.emplace(now + fates[*i].after, *i);
    }
    const auto next = race.next();
    if (ends.empty() && !next) return course;
    if (ends.empty() || (next && *next < ends.begin()->first)) {
      now = *next;
      continue;
    }
    const auto [time, i] = *ends.begin();
    ends.erase(ends.begin());
    now = time;
    if (fates[i].end == Fate::connects) {
      course.winner = static_cast<int>(i);
    } else {
      race.failed();
    }
    if (course.winner >= 0 || race.lost()) {
      course.over = ms(now);
      return course;
    }
  }
}

}  // namespace

TEST_CASE("families take turns, and keep their order within") {
  struct Row {
    std::vector<int> families;
    std::optional<int> preferred;
    Order interleaved, in_sequence;
  };
  const std::vector<Row> rows{
      {{}, {}, {}, {}},
      {{v4}, v6, {0}, {0}},
      {{v6, v6, v6, v4, v4}, {}, {0, 3, 1, 4, 2}, {0, 1, 2, 3, 4}},
      {{v6, v6, v6, v4, v4}, v4, {3, 0, 4, 1, 2}, {3, 4, 0, 1, 2}},
      {{v6, v6, v6, v4, v4}, v6, {0, 3, 1, 4, 2}, {0, 1, 2, 3, 4}},
      {{v4, v6, v4, v4}, {}, {0, 1, 2, 3}, {0, 1, 2, 3}},
      {{v4, v6, v4, v4}, v6, {1, 0, 2, 3}, {1, 0, 2, 3}},
      {{v4, v4}, v6, {0, 1}, {0, 1}},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    CHECK(interleaved(rows[i].families, rows[i].preferred) == rows[i].interleaved);
    CHECK(in_sequence(rows[i].families, rows[i].preferred) == rows[i].in_sequence);
  }
}

TEST_CASE("attempts start a quarter of a second apart, at once after a failure, the first wins") {
  struct Row {
    const char* what;
    std::vector<Fate> fates;
    std::vector<int> starts;
    int winner, over;
  };
  const Fate silent{Fate::silent};
  const auto connects = [](int ms) { return Fate{Fate::connects, std::chrono::milliseconds(ms)}; };
  const auto fails = [](int ms) { return Fate{Fate::fails, std::chrono::milliseconds(ms)}; };
  const std::vector<Row> rows{
      {"a fast first is alone", {connects(249), connects(0)}, {0}, 0, 249},
      {"a black hole costs one delay", {silent, connects(20)}, {0, 250}, 1, 270},
      {"two of them cost two", {silent, silent, connects(1)}, {0, 250, 500}, 2, 501},
      {"a failure costs nothing", {fails(5), connects(10)}, {0, 5}, 1, 15},
      {"the slower first may still win", {connects(300), connects(100)}, {0, 250}, 0, 300},
      {"the later may overtake", {connects(300), connects(10)}, {0, 250}, 1, 260},
      {"a late failure starts the next before its time",
       {fails(300), silent, connects(10)},
       {0, 250, 300},
       2,
       310},
      {"after a failure the delay counts from the next start",
       {fails(100), silent, connects(10)},
       {0, 100, 350},
       2,
       360},
      {"all fail", {fails(1), fails(2), fails(3)}, {0, 1, 3}, -1, 6},
      {"the last failure ends it, whichever it is", {fails(900), fails(1)}, {0, 250}, -1, 900},
      {"nobody answers", {silent, silent}, {0, 250}, -1, -1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const Course course = run(row.fates, Race::recommended);
    CHECK(course.starts == row.starts);
    CHECK(course.winner == row.winner);
    CHECK(course.over == row.over);
  }
}

TEST_CASE("without a delay the next attempt waits for the failure of the one before") {
  const Course course =
      run({{Fate::fails, 900ms}, {Fate::connects, 700ms}, {Fate::connects, 1ms}}, std::nullopt);
  CHECK(course.starts == std::vector<int>{0, 900});
  CHECK(course.winner == 1);
  CHECK(course.over == 1600);
  CHECK(run({{Fate::silent}, {Fate::connects}}, std::nullopt).starts == std::vector<int>{0});
}
