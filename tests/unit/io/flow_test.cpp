#include "io/flow.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "fake_channel.hpp"
#include "sock/error.hpp"

using sock::FdRef;
using sock::io::Attempt;
using sock::io::Channel;
using sock::io::Flow;

using ends::an_error;
using ends::data;
using ends::Fake;
using ends::text_of;
using ends::the_end;

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

TEST_CASE("a pipe through which much comes is enlarged, also where the bytes go through a buffer") {
  ends::Pair pipe = ends::pipe(O_NONBLOCK);
  const std::string much(64 * 1024, 'x');
  REQUIRE(::write(pipe.b.get(), much.data(), much.size()) == static_cast<ssize_t>(much.size()));
  const auto from = sock::io::stdio_channel(pipe.a, pipe.b);
  Fake to;
  Flow flow(*from, to, {});
  CHECK(flow.pump());
  CHECK(text_of(to) == much);
  CHECK(::fcntl(pipe.a.get(), F_GETPIPE_SZ) > 64 * 1024);
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
