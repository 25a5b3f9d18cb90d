#include <cerrno>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fake_channel.hpp"
#include "io/flow.hpp"

namespace {

using namespace ends;
using sock::io::Flow;
using State = Flow::State;
using Strings = std::vector<std::string>;

struct Packets {
  Fake from, to;
  Packets() { to.keeps = to.batching = true; }
  Flow flow(Flow::Options options = {.buffer_size = 1000}) { return Flow(from, to, options); }
};

TEST_CASE("packets that are there go out together, each by itself") {
  Packets p;
  p.from.reads = {data("one"), data("two"), data("three")};
  Flow flow = p.flow();
  CHECK(flow.pump());
  CHECK(p.to.written == Strings{"one", "two", "three"});
  CHECK(p.to.tried == 1);
  CHECK(flow.received() == 11);
  CHECK(flow.delivered() == 11);
  CHECK(flow.messages() == 3);
  CHECK(flow.wants_read());
  CHECK(!flow.wants_write());
}

TEST_CASE("what a batch does not take waits, and nothing is read meanwhile") {
  Packets p;
  p.from.reads = {data("one"), data("two"), data("three")};
  p.to.most_of_a_batch = 2;
  Flow flow = p.flow();
  CHECK(flow.pump());
  CHECK(p.to.written == Strings{"one", "two"});
  CHECK(flow.wants_write());
  CHECK(!flow.wants_read());
  CHECK(flow.delivered() == 6);
  const int asked = p.from.asked;
  p.to.most_of_a_batch = 0;
  CHECK(!flow.pump());
  CHECK(p.from.asked == asked);
  p.to.most_of_a_batch = 1000;
  CHECK(flow.pump());
  CHECK(p.to.written == Strings{"one", "two", "three"});
  CHECK(flow.wants_read());
}

TEST_CASE("the end of the input comes after the packets before it") {
  Packets p;
  p.from.reads = {data("one"), data("two"), the_end};
  Flow flow = p.flow();
  CHECK(flow.pump());
  CHECK(flow.state() == State::done);
  CHECK(p.to.written == Strings{"one", "two"});
  CHECK(p.to.finished == 1);
}

TEST_CASE("a failure to read comes after the packets before it, and is told once they are out") {
  Packets p;
  p.from.reads = {data("one"), data("two"), an_error};
  Flow flow = p.flow();
  flow.pump();
  flow.pump();
  CHECK(flow.state() == State::failed);
  CHECK(flow.failed_side() == Flow::Side::reading);
  CHECK(p.to.written == Strings{"one", "two"});
  CHECK(flow.delivered() == flow.received());
}

TEST_CASE("a failure to write is one, and what was not sent counts as lost") {
  Packets p;
  p.from.reads = {data("one"), data("two")};
  p.to.write_error = ECONNREFUSED;
  Flow flow = p.flow();
  CHECK(flow.pump());
  CHECK(flow.state() == State::failed);
  CHECK(flow.failed_side() == Flow::Side::writing);
  CHECK(flow.received() == 6);
  CHECK(flow.delivered() == 0);
}

TEST_CASE("a source whose packets come alone is seldom asked in vain") {
  Packets p;
  Flow flow = p.flow();
  const int packets = 170;
  for (int i = 0; i < packets; ++i) {
    p.from.reads = {data("packet")};
    CHECK(flow.pump());
  }
  CHECK(p.to.written.size() == packets);
  CHECK(p.from.asked == packets + 10);
}

TEST_CASE("packets that come in twos are found to do so") {
  Packets p;
  Flow flow = p.flow();
  p.from.reads = {data("alone")};
  CHECK(flow.pump());
  for (int i = 0; i < 100; ++i) {
    p.from.reads = {data("a"), data("b")};
    while (flow.pump()) {
    }
  }
  CHECK(p.to.written.size() == 201);
  CHECK(p.to.tried <= 1 + 16 + 92);
}

TEST_CASE("a shape, a tap and a limit look at each packet") {
  for (const bool tapped : {false, true}) {
    Packets p;
    p.from.reads = {data("one"), data("two"), data("three")};
    Flow::Options options{.buffer_size = 1000};
    int seen = 0;
    if (tapped)
      options.on_written = [&](auto) { ++seen; };
    else
      options.shape.max_bytes = 6;
    Flow flow = p.flow(options);
    while (flow.pump()) {
    }
    CHECK(p.to.written.size() == (tapped ? 3 : 2));
    CHECK(seen == (tapped ? 3 : 0));
  }
}

}  // namespace
