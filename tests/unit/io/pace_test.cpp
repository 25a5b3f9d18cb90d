#include "io/pace.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "ends.hpp"

using namespace std::chrono_literals;
using ends::bytes;
using sock::io::Clock;
using sock::io::Pace;

namespace {

const Clock::time_point start = Clock::time_point() + 1h;

// Sends it all as fast as the pace lets it; the moments at which something passed.
struct Sent {
  Clock::duration after;
  std::size_t bytes;
};
std::vector<Sent> send(Pace& pace, std::string_view text, bool message = false) {
  std::vector<Sent> all;
  auto now = start;
  while (!text.empty()) {
    const auto most = pace.allowed(bytes(text), message, now);
    if (!most) {
      REQUIRE(pace.next() > now);
      now = pace.next();
      continue;
    }
    REQUIRE(*most > 0);
    pace.passed(bytes(text.substr(0, *most)), message, now);
    all.push_back({now - start, *most});
    text.remove_prefix(*most);
  }
  return all;
}

TEST_CASE("no more passes than the rate allows, and hardly less") {
  struct Row {
    std::uint64_t rate;
    std::size_t size;
  };
  for (const Row& row : {Row{1, 5}, Row{10, 100}, Row{1000, 10'000}, Row{1'000'000, 10'000'000},
                         Row{10'000'000'000, 100'000}}) {
    CAPTURE(row.rate);
    Pace pace(row.rate, {});
    const auto sent = send(pace, std::string(row.size, 'x'));
    const auto rate = static_cast<double>(row.rate);
    const double kept = std::max(1.0, rate / 10);
    double total = 0;
    for (const Sent& one : sent) {
      total += static_cast<double>(one.bytes);
      const double seconds = std::chrono::duration<double>(one.after).count();
      CHECK(total <= rate * seconds + kept + 1);
    }
    const double took = std::chrono::duration<double>(sent.back().after).count();
    CHECK(took <= static_cast<double>(row.size) / rate);
    // Half a bucket at once: a timer does not fire for every byte.
    CHECK(static_cast<double>(sent.size()) <= static_cast<double>(row.size) / (kept / 2) + 2);
  }
}

TEST_CASE("what was not used is kept for a tenth of a second, no longer") {
  Pace pace(1000, {});
  const std::string text(5000, 'x');
  const auto first = pace.allowed(bytes(text), false, start);
  CHECK(first == 100);
  pace.passed(bytes(text.substr(0, 100)), false, start);
  CHECK(!pace.allowed(bytes(text), false, start));
  CHECK(pace.allowed(bytes(text), false, start + 1h) == 100);
}

TEST_CASE("a message passes whole, and the next waits until it is paid for") {
  Pace pace(1000, {});
  const std::string message(300, 'x');  // three buckets
  CHECK(pace.allowed(bytes(message), true, start) == 300);
  pace.passed(bytes(message), true, start);
  CHECK(!pace.allowed(bytes(message), true, start));
  CHECK(pace.next() - start >= 299ms);
  CHECK(pace.next() - start <= 301ms);
  CHECK(pace.allowed(bytes(message), true, pace.next() + 1us) == 300);
}

TEST_CASE("a pause follows each line, wherever the chunks end") {
  Pace pace(0, 2s);
  std::vector<std::pair<Clock::duration, std::size_t>> passed;
  for (const Sent& one : send(pace, "a\nbc\n\nrest")) passed.emplace_back(one.after, one.bytes);
  CHECK(passed ==
        std::vector<std::pair<Clock::duration, std::size_t>>{{0s, 2}, {2s, 3}, {4s, 1}, {6s, 4}});
  // The rest was no whole line: what follows it belongs to the same one.
  CHECK(pace.allowed(bytes("of it\nx"), false, start + 6s) == 6);
}

TEST_CASE("a pause follows each message, also an empty one") {
  Pace pace(0, 1s);
  CHECK(pace.allowed(bytes(""), true, start) == 0);
  pace.passed(bytes(""), true, start);
  CHECK(!pace.allowed(bytes(""), true, start + 999ms));
  CHECK(pace.next() == start + 1s);
  CHECK(pace.allowed(bytes("two\nlines"), true, start + 1s) == 9);
}

}  // namespace
