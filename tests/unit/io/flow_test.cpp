#include "io/flow.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "sock/error.hpp"

using sock::FdRef;
using sock::io::Attempt;
using sock::io::Channel;
using sock::io::Flow;

namespace {

// A channel in memory: reads come from a script, writes are recorded.
struct Fake final : Channel {
  struct Read {
    enum class Kind { data, end, blocked, error } kind;
    std::string data = {};
  };
  std::deque<Read> reads;            // then blocked
  std::vector<std::string> written;  // one a write
  std::size_t room = 1'000'000'000;  // how much it takes, before it is blocked
  int write_error = 0;
  int finish_blocked = 0, finished = 0;
  bool keeps = false, stores = false;
  int asked = 0, tried = 0;

  Attempt try_read(std::span<std::byte> into) override {
    ++asked;
    if (reads.empty()) return Attempt::blocked();
    Read& next = reads.front();
    if (next.kind == Read::Kind::error) sock::throw_errno(ECONNRESET, "recv", "fake");
    if (next.kind == Read::Kind::end) return Attempt::end();
    if (next.kind == Read::Kind::blocked) {
      reads.pop_front();
      return Attempt::blocked();
    }
    const std::size_t n = std::min(into.size(), next.data.size());
    std::memcpy(into.data(), next.data.data(), n);
    next.data.erase(0, n);
    if (next.data.empty()) reads.pop_front();
    return Attempt::moved(n);
  }
  Attempt try_write(std::span<const std::byte> from) override {
    ++tried;
    if (write_error != 0) sock::throw_errno(write_error, "send", "fake");
    const std::size_t n = std::min(from.size(), room);
    if (n == 0 && !from.empty()) return Attempt::blocked();
    room -= n;
    written.emplace_back(reinterpret_cast<const char*>(from.data()), n);
    return Attempt::moved(n);
  }
  bool try_finish() override {
    if (finish_blocked-- > 0) return false;
    ++finished;
    return true;
  }
  FdRef read_fd() const noexcept override { return FdRef(-1); }
  FdRef write_fd() const noexcept override { return FdRef(-1); }
  std::optional<FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool messages() const noexcept override { return keeps; }
  bool pending() const noexcept override { return stores; }
  const std::string& name(bool) const noexcept override { return name_; }

  std::string name_ = "fake";
};

Fake::Read data(std::string text) { return {Fake::Read::Kind::data, std::move(text)}; }
const Fake::Read the_end{Fake::Read::Kind::end};
const Fake::Read an_error{Fake::Read::Kind::error};

std::string text_of(const Fake& channel) {
  std::string all;
  for (const auto& part : channel.written) all += part;
  return all;
}

}  // namespace

TEST_CASE("a flow moves bytes to the end, tells the far side, and is done") {
  Fake from, to;
  from.reads = {data("hello"), the_end};
  Flow flow(from, to, {});
  CHECK(flow.wants_read());
  CHECK(flow.pump());
  CHECK(flow.state() == Flow::State::running);
  CHECK(flow.pump());
  CHECK(flow.state() == Flow::State::done);
  CHECK(flow.over());
  CHECK(text_of(to) == "hello");
  CHECK(to.finished == 1);
  CHECK(flow.received() == 5);
  CHECK(flow.delivered() == 5);
  CHECK(flow.messages() == 0);
  CHECK_FALSE(flow.wants_read());
  CHECK_FALSE(flow.wants_write());
  CHECK_FALSE(flow.pump());
}

TEST_CASE("a stream that gave less than was asked for is not asked again in the same pump") {
  Fake from, to;
  from.reads = {data("a"), data("b")};
  Flow flow(from, to, {});
  CHECK(flow.pump());
  CHECK(from.asked == 1);
  CHECK(to.written == std::vector<std::string>{"a"});

  SUBCASE("but one that has more in store is") {
    from.stores = true;
    CHECK(flow.pump());
    CHECK(from.asked == 3);  // b, and blocked
  }
  SUBCASE("and one that filled the buffer is") {
    from.reads = {data(std::string(512 * 1024, 'x'))};
    CHECK(flow.pump());
    CHECK(from.asked == 4);
  }
}

TEST_CASE("a pump that moves nothing says so") {
  Fake from, to;
  Flow flow(from, to, {});
  CHECK_FALSE(flow.pump());
  CHECK(flow.wants_read());
  CHECK_FALSE(flow.wants_write());
}

TEST_CASE("while the far side is full nothing is read, and what is held is delivered later") {
  Fake from, to;
  from.reads = {data("hello"), the_end};
  to.room = 2;
  Flow flow(from, to, {});
  CHECK(flow.pump());
  CHECK(text_of(to) == "he");
  CHECK_FALSE(flow.wants_read());
  CHECK(flow.wants_write());
  CHECK(flow.received() - flow.delivered() == 3);
  CHECK_FALSE(flow.pump());
  CHECK(from.asked == 1);
  to.room = 100;
  CHECK(flow.pump());
  CHECK(flow.state() == Flow::State::done);
  CHECK(text_of(to) == "hello");
}

TEST_CASE("a far side that took less than it was given is not tried again in the same pump") {
  Fake from, to;
  from.reads = {data("hello")};
  to.room = 2;
  Flow flow(from, to, {});
  flow.pump();
  CHECK(to.tried == 1);
}

TEST_CASE("finishing may block, and is asked for again") {
  Fake from, to;
  from.reads = {the_end};
  to.finish_blocked = 1;
  Flow flow(from, to, {});
  CHECK(flow.pump());
  CHECK(flow.state() == Flow::State::finishing);
  CHECK(flow.wants_write());
  CHECK(flow.pump());
  CHECK(flow.state() == Flow::State::done);
  CHECK(to.finished == 1);
}

TEST_CASE("the far side is told of the end only where and when it may be") {
  Fake from, to;
  from.reads = {the_end};
  SUBCASE("not at all") {
    Flow flow(from, to, {.finish = false});
    flow.pump();
    CHECK(flow.state() == Flow::State::done);
    CHECK(to.finished == 0);
  }
  SUBCASE("after release") {
    Flow flow(from, to, {.hold = true});
    CHECK(flow.pump());
    CHECK(flow.input_ended());
    CHECK_FALSE(flow.over());
    CHECK_FALSE(flow.wants_read());
    CHECK_FALSE(flow.wants_write());
    CHECK_FALSE(flow.pump());
    CHECK(to.finished == 0);
    flow.release();
    CHECK(flow.pump());
    CHECK(flow.state() == Flow::State::done);
    CHECK(to.finished == 1);
  }
}

TEST_CASE("a pump takes no more than a fair share") {
  Fake from, to;
  from.reads = {data(std::string(10 * 1024 * 1024, 'x')), the_end};
  Flow flow(from, to, {});
  CHECK(flow.pump());
  CHECK(flow.received() == 1024 * 1024);
  CHECK(flow.delivered() == flow.received());
  int pumps = 1;
  while (!flow.over()) {
    REQUIRE(flow.pump());
    ++pumps;
  }
  CHECK(pumps == 11);

  Fake packets;
  packets.keeps = true;
  packets.reads.assign(100, data("x"));
  Flow small(packets, to, {});
  CHECK(small.pump());
  CHECK(small.messages() == 16);
}

TEST_CASE("one message read is one written, also an empty one where the far side keeps them") {
  Fake from, to;
  from.keeps = true;
  from.reads = {data("one"), data(""), data("three")};
  SUBCASE("message to message") {
    to.keeps = true;
    Flow flow(from, to, {});
    CHECK(flow.pump());
    CHECK(to.written == std::vector<std::string>{"one", "", "three"});
    CHECK(flow.messages() == 3);
  }
  SUBCASE("message to stream") {
    Flow flow(from, to, {});
    CHECK(flow.pump());
    CHECK(text_of(to) == "onethree");
    CHECK(flow.messages() == 3);
  }
  SUBCASE("stream to message: what one read gives") {
    from.keeps = false;
    to.keeps = true;
    from.reads = {data("12345678")};
    Flow flow(from, to, {.buffer_size = 3});
    flow.pump();
    CHECK(to.written == std::vector<std::string>{"123", "456", "78"});
    CHECK(flow.messages() == 3);
  }
}

TEST_CASE("a message that is blocked is held, also an empty one") {
  Fake from, to;
  from.keeps = to.keeps = true;
  from.reads = {data("full"), data("")};
  to.room = 0;
  Flow flow(from, to, {});
  flow.pump();
  CHECK(flow.wants_write());
  CHECK(to.written.empty());
  to.room = 4;
  flow.pump();
  CHECK(to.written == std::vector<std::string>{"full", ""});
}

TEST_CASE("discarding reads, counts and drops, and never touches the far side") {
  Fake from, to;
  from.reads = {data("hello"), the_end};
  to.write_error = EPIPE;
  Flow flow(from, to, {.finish = false, .discard = true});
  while (flow.pump()) {
  }
  CHECK(flow.state() == Flow::State::done);
  CHECK(flow.received() == 5);
  CHECK(flow.delivered() == 5);
  CHECK(to.written.empty());
  CHECK(to.finished == 0);
}

TEST_CASE("a failure is kept with its side, and both counts stay right") {
  Fake from, to;
  SUBCASE("reading") {
    from.reads = {data("hello"), an_error};
    Flow flow(from, to, {});
    CHECK(flow.pump());
    CHECK(flow.pump());
    CHECK(flow.state() == Flow::State::failed);
    CHECK(flow.failed_side() == Flow::Side::reading);
    CHECK(flow.delivered() == 5);
    CHECK_THROWS_AS(std::rethrow_exception(flow.error()), sock::ConnectionResetError);
    CHECK(to.finished == 0);
    CHECK_FALSE(flow.pump());
  }
  SUBCASE("writing") {
    from.reads = {data("hello")};
    to.write_error = EPIPE;
    Flow flow(from, to, {});
    CHECK(flow.pump());
    CHECK(flow.state() == Flow::State::failed);
    CHECK(flow.failed_side() == Flow::Side::writing);
    CHECK(flow.received() == 5);
    CHECK(flow.delivered() == 0);
    CHECK_THROWS_AS(std::rethrow_exception(flow.error()), sock::BrokenPipeError);
  }
}

TEST_CASE("end_input reads no more, delivers what is held, and finishes") {
  Fake from, to;
  from.reads = {data("hello"), data("more")};
  to.room = 2;
  Flow flow(from, to, {});
  flow.pump();
  flow.end_input();
  CHECK_FALSE(flow.wants_read());
  CHECK(flow.wants_write());
  to.room = 100;
  CHECK(flow.pump());
  CHECK(flow.state() == Flow::State::done);
  CHECK(text_of(to) == "hello");
  CHECK(to.finished == 1);
}

TEST_CASE("abandon is over at once, and what is held was not delivered") {
  Fake from, to;
  from.reads = {data("hello")};
  to.room = 2;
  Flow flow(from, to, {});
  flow.pump();
  flow.abandon();
  CHECK(flow.over());
  CHECK(flow.received() == 5);
  CHECK(flow.delivered() == 2);
  CHECK(to.finished == 0);
}
