// A flow whose bytes are limited, paced, changed or looked at.
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "fake_channel.hpp"
#include "io/flow.hpp"
#include "sock/error.hpp"
#include "support/temp.hpp"

using namespace std::chrono_literals;
using ends::data;
using ends::Fake;
using ends::text_of;
using ends::the_end;
using sock::io::Clock;
using sock::io::Flow;
using sock::io::Framing;
using sock::io::Shape;
using State = Flow::State;
using Texts = std::vector<std::string>;

namespace {

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_CASE("a flow with a limit ends there, and reads not a byte more") {
  Fake from, to;
  from.reads = {data("abc"), data("defgh"), the_end};
  Flow flow(from, to, {.shape = {.max_bytes = 5}});
  while (flow.pump()) {
  }
  CHECK(flow.state() == State::done);
  CHECK(flow.limited());
  CHECK(text_of(to) == "abcde");
  CHECK(to.finished == 1);
  CHECK(flow.received() == 5);
  CHECK(from.reads.front().data == "fgh");
}

TEST_CASE("an input that ends before the limit was not limited") {
  Fake from, to;
  from.reads = {data("abc"), the_end};
  Flow flow(from, to, {.shape = {.max_bytes = 5}});
  while (flow.pump()) {
  }
  CHECK(flow.state() == State::done);
  CHECK_FALSE(flow.limited());
}

TEST_CASE("the limit holds in the kernel, too, and the offset of the file stays behind it") {
  support::TempDir dir;
  const auto path = dir.path() / "input";
  sock::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ends::put(file, std::string(300'000, 'x'));
  ::lseek(file.get(), 0, SEEK_SET);
  auto pipe = ends::pipe();
  ends::Pair unused = ends::pipe();
  const auto local = sock::io::stdio_channel(file, unused.b);
  const auto sink = sock::io::stdio_channel(unused.a, pipe.b);
  Flow flow(*local, *sink,
            {.finish = false, .route = Flow::Route::kernel, .shape = {.max_bytes = 100'001}});
  std::string got;
  while (flow.pump() || !flow.over()) {
    if (got.size() < 100'001) got += ends::take(pipe.a);
  }
  CHECK(flow.limited());
  CHECK(flow.delivered() == 100'001);
  CHECK(::lseek(file.get(), 0, SEEK_CUR) == 100'001);
}

TEST_CASE("messages are counted, and never cut by a limit of bytes") {
  Fake from, to;
  from.keeps = to.keeps = true;
  from.reads = {data("one"), data("two"), data("three")};
  SUBCASE("so many messages") {
    Flow flow(from, to, {.shape = {.max_messages = 2}});
    flow.pump();
    CHECK(flow.state() == State::done);
    CHECK(flow.limited());
    CHECK(to.written == Texts{"one", "two"});
    CHECK(from.asked == 2);
  }
  SUBCASE("the message that reaches the limit is whole") {
    Flow flow(from, to, {.shape = {.max_bytes = 4}});
    flow.pump();
    CHECK(flow.state() == State::done);
    CHECK(to.written == Texts{"one", "two"});
  }
}

TEST_CASE("a limit does not hold for what is dropped") {
  Fake from, to;
  from.reads = {data("abc"), data("def"), the_end};
  Flow flow(from, to, {.discard = true, .shape = {.max_bytes = 2}});
  while (flow.pump()) {
  }
  CHECK(flow.received() == 6);
  CHECK_FALSE(flow.limited());
}

TEST_CASE("a paced flow waits for nothing but the time") {
  Fake from, to;
  from.reads = {data(std::string(250, 'x')), the_end};
  auto now = Clock::time_point() + 1h;
  const auto start = now;
  Flow flow(from, to, {.shape = {.rate = 1000}, .now = [&] { return now; }});
  flow.pump();
  CHECK(text_of(to).size() == 100);
  int waits = 0;
  while (!flow.over()) {
    flow.pump();
    if (!flow.paused_until()) continue;
    CHECK_FALSE(flow.wants_read());
    CHECK_FALSE(flow.wants_write());
    CHECK_FALSE(flow.delivered_to_end());
    REQUIRE(*flow.paused_until() > now);
    now = *flow.paused_until();
    REQUIRE(++waits < 20);
  }
  CHECK(text_of(to).size() == 250);
  CHECK(now - start >= 149ms);
  CHECK(now - start <= 250ms);
  CHECK(to.tried < 10);
}

TEST_CASE("in a hurry the pace is forgotten") {
  Fake from, to;
  from.reads = {data("a\nb\nc\n"), the_end};
  const auto now = Clock::now();
  Flow flow(from, to, {.shape = {.line_delay = 1h}, .now = [&] { return now; }});
  flow.pump();
  CHECK(text_of(to) == "a\n");
  flow.hurry();
  CHECK_FALSE(flow.paused_until());
  while (flow.pump()) {
  }
  CHECK(flow.state() == State::done);
  CHECK(to.written == Texts{"a\n", "b\nc\n"});
}

TEST_CASE("a far side that takes little gets all that was changed, and the counts are right") {
  Fake from, to;
  from.reads = {data("a\nb\n"), data("c"), the_end};
  to.room = 2;
  Flow flow(from, to, {.shape = {.crlf = true}});
  CHECK(flow.pump());
  CHECK(flow.wants_write());
  CHECK(flow.received() == 4);
  CHECK(flow.delivered() == 2);
  CHECK(flow.added() == 2);
  to.room = 1000;
  while (flow.pump()) {
  }
  CHECK(flow.state() == State::done);
  CHECK(text_of(to) == "a\r\nb\r\nc");
  CHECK(flow.received() == 5);
  CHECK(flow.delivered() == 7);
}

TEST_CASE("lines are sent as messages, and the last needs no newline") {
  Fake from, to;
  to.keeps = true;
  from.reads = {data("one\ntw"), data("o\n\nrest"), the_end};
  Flow flow(from, to, {.shape = {.framing = {Framing::Kind::line}}});
  while (flow.pump()) {
  }
  CHECK(flow.state() == State::done);
  CHECK(to.written == Texts{"one", "two", "", "rest"});
  CHECK(flow.messages() == 4);
}

TEST_CASE("messages are written as lines, and counted whole") {
  Fake from, to;
  from.keeps = true;
  from.reads = {data("one"), data("two")};
  to.room = 5;
  Flow flow(from, to, {.shape = {.framing = {Framing::Kind::line}}});
  flow.pump();
  CHECK(flow.messages() == 1);
  to.room = 1000;
  flow.pump();
  CHECK(text_of(to) == "one\ntwo\n");
  CHECK(flow.messages() == 2);
}

TEST_CASE("an input that ends within a message is an error of the input") {
  Fake from, to;
  to.keeps = true;
  from.reads = {data(std::string("\0\x05", 2) + "abc"), the_end};
  Flow flow(from, to, {.shape = {.framing = {Framing::Kind::length}}});
  while (flow.pump()) {
  }
  CHECK(flow.state() == State::failed);
  CHECK(flow.failed_side() == Flow::Side::reading);
  CHECK(to.written.empty());
}

TEST_CASE("taps see what was read and what was written, and nothing that was not") {
  Fake from, to;
  from.reads = {data("a\nb\n"), the_end};
  to.room = 3;
  std::string read, written;
  Flow flow(from, to,
            {.shape = {.crlf = true},
             .on_read = [&](auto bytes) { read += text(bytes); },
             .on_written = [&](auto bytes) { written += text(bytes); }});
  flow.pump();
  CHECK(read == "a\nb\n");
  CHECK(written == "a\r\n");
  to.room = 1000;
  flow.pump();
  CHECK(written == "a\r\nb\r\n");
}

TEST_CASE("what is dropped is shown as well") {
  Fake from, to;
  from.reads = {data("abc"), the_end};
  std::string read;
  Flow flow(from, to, {.discard = true, .on_read = [&](auto bytes) { read += text(bytes); }});
  flow.pump();
  CHECK(read == "abc");
}

TEST_CASE("a tap that fails ends the flow, and is not taken for a far side that is gone") {
  Fake from, to;
  from.reads = {data("abc")};
  Flow flow(from, to, {.on_written = [](auto) { sock::throw_errno(EPIPE, "write", "record"); }});
  flow.pump();
  CHECK(flow.state() == State::failed);
  CHECK(flow.failed_side() == Flow::Side::reading);
  CHECK(flow.delivered() == 3);
}

}  // namespace
