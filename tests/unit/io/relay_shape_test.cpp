// A conversation that is limited, held back, or told of.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "conversation.hpp"
#include "ends.hpp"

using namespace std::chrono_literals;
using ends::Conversation;
using sock::io::Clock;
using sock::io::Direction;
using sock::io::Until;
using Why = sock::io::RelayResult::Why;

namespace {

struct Log final : sock::io::Observer {
  std::vector<std::string> lines;
  void first_byte(std::string_view peer, std::chrono::nanoseconds) override {
    lines.push_back("first " + std::string(peer));
  }
  void half_closed(std::string_view, Direction direction) override {
    lines.emplace_back(direction == Direction::in ? "in over" : "out over");
  }
};

TEST_CASE("as much as was wanted has come: the run is over though both ends are open") {
  Conversation c;
  ends::put(c.far, "banner and more");
  c.start({.in_shape = {.max_bytes = 6}});
  c.run();
  CHECK(c.result->why == Why::limited);
  CHECK(c.result->in.received == 6);
  CHECK(c.result->in.lost() == 0);
  CHECK(ends::take_to_end(c.output) == "banner");
}

TEST_CASE("an input that reached its limit ends as any other, and the answer is waited for") {
  Conversation c;
  c.start({.out_shape = {.max_bytes = 4}});
  ends::put(*c.input, "question");
  ends::settle(c.loop);
  CHECK(ends::take_to_end(c.far) == "ques");
  CHECK_FALSE(c.result);
  ends::put(c.far, "answer");
  c.far.reset();
  c.run();
  CHECK(c.result->why == Why::ended);
  CHECK(ends::take_to_end(c.output) == "answer");
  CHECK(ends::take(c.local_in) == "tion");  // left for whoever reads the input next
}

TEST_CASE("a limited rate holds each direction back, and neither loses a byte") {
  Conversation c;
  const auto start = Clock::now();
  c.start({.out_shape = {.rate = 10'000}, .in_shape = {.rate = 10'000}});
  const std::string text(3000, 'x');
  ends::put(*c.input, text);
  ends::put(c.far, text);
  ::shutdown(c.far.get(), SHUT_WR);
  c.input.reset();
  c.run();
  // 1000 bytes at once, the rest at 10,000 a second.
  CHECK(Clock::now() - start >= 199ms);
  CHECK(c.result->why == Why::ended);
  CHECK(c.result->in.delivered == 3000);
  CHECK(ends::take_to_end(c.far) == text);
  CHECK(ends::take_to_end(c.output) == text);
}

TEST_CASE("while it is held back it does not turn") {
  Conversation c;
  c.start({.out_shape = {.line_delay = 100ms}});
  ends::put(*c.input, "one\ntwo\nthree");
  c.input.reset();
  int lines = 0;
  std::string all;
  const auto watch = c.loop.watch(c.far, sock::io::Interest::read, "far", [&](sock::io::Ready) {
    const std::string line = ends::take(c.far);
    all += line;
    ++lines;
    if (line.empty()) c.loop.stop();
    return true;
  });
  const auto before = ::clock();
  const auto start = Clock::now();
  ends::run(c.loop);
  CHECK(all == "one\ntwo\nthree");
  CHECK(lines == 4);  // and the end
  CHECK(Clock::now() - start >= 199ms);
  CHECK(::clock() - before < CLOCKS_PER_SEC / 10);
}

TEST_CASE("what the peer has sent is delivered at the end, however slow the pace") {
  Conversation c;
  c.start({.ending = {.until = Until::out}, .in_shape = {.rate = 1000}});
  ends::put(c.far, std::string(1000, 'x'));
  ends::settle(c.loop);
  c.input.reset();
  c.run();
  CHECK(c.result->why == Why::ended);
  CHECK(c.result->in.lost() == 0);
  CHECK(ends::take_to_end(c.output).size() == 1000);
}

TEST_CASE("the first byte of the peer and the first end are told, once") {
  Conversation c;
  Log log;
  c.start({.observer = &log});
  ends::put(*c.input, "question");
  c.input.reset();
  ends::settle(c.loop);
  CHECK(log.lines == std::vector<std::string>{"out over"});
  for (int i = 0; i < 2; ++i) {
    ends::put(c.far, "answer");
    ends::settle(c.loop);
  }
  c.far.reset();
  c.run();
  CHECK(log.lines == std::vector<std::string>{"out over", "first peer"});
}

TEST_CASE("the end of the peer is told where the input goes on") {
  Conversation c;
  Log log;
  c.start({.observer = &log});
  ::shutdown(c.far.get(), SHUT_WR);
  ends::settle(c.loop);
  CHECK(log.lines == std::vector<std::string>{"in over"});
  c.input.reset();
  c.run();
  CHECK(log.lines.size() == 1);
}

TEST_CASE("both taps see what is on the connection") {
  Conversation c;
  std::string out, in;
  const auto into = [](std::string& text) {
    return [&text](std::span<const std::byte> bytes) {
      text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
  };
  c.start({.out_shape = {.crlf = true}, .on_out = into(out), .on_in = into(in)});
  ends::put(*c.input, "question\n");
  c.input.reset();
  ends::put(c.far, "answer\n");
  ::shutdown(c.far.get(), SHUT_WR);
  c.run();
  CHECK(out == "question\r\n");
  CHECK(in == "answer\n");
  CHECK(c.result->out.lost() == 0);
}

}  // namespace
