#include "cmd/connect.hpp"

#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "cmd/values.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using namespace std::chrono_literals;

using Command = std::optional<std::vector<std::string>>;
using Change = std::function<void(ConnectFlags&)>;

ConnectPlan plan_of(const Change& change, const Command& command = {}, Timeout fallback = {}) {
  ConnectFlags flags;
  flags.address = "192.0.2.1:80";
  change(flags);
  return plan(flags, command, fallback);
}

TEST_CASE("an address alone is a plan without limits, both ways, to the end of both") {
  const ConnectPlan p = plan_of([](auto&) {});
  CHECK(p.dial.target == wire::parse_endpoint("192.0.2.1:80"));
  CHECK(p.dial.choice == wire::SocketChoice{});
  CHECK(!p.dial.source);
  CHECK(p.dial.options.empty());
  CHECK(p.dial.timeout == Timeout());
  CHECK(p.limits == Limits{});
  CHECK(p.data == DataPlan{});
  CHECK(p.command.empty());
}

TEST_CASE("the port may stand by itself") {
  const ConnectPlan p = plan_of([](auto& f) {
    f.address = "example.com";
    f.port = "http";
  });
  CHECK(p.dial.target == wire::parse_endpoint("example.com:http"));
}

TEST_CASE("flags choose the socket") {
  struct Row {
    Change change;
    std::function<void(wire::SocketChoice&)> expected;
  };
  const std::vector<Row> rows{
      {[](auto& f) { f.socket.ipv4 = true; }, [](auto& c) { c.family = AF_INET; }},
      {[](auto& f) { f.socket.ipv6 = true; }, [](auto& c) { c.family = AF_INET6; }},
      {[](auto& f) { f.socket.family = "inet6"; }, [](auto& c) { c.family = AF_INET6; }},
      {[](auto& f) { f.socket.udp = true; }, [](auto& c) { c.udp = true; }},
      {[](auto& f) { f.socket.type = "seqpacket"; }, [](auto& c) { c.type = SOCK_SEQPACKET; }},
      {[](auto& f) { f.socket.protocol = "132"; }, [](auto& c) { c.protocol = 132; }}};
  for (const Row& row : rows) {
    wire::SocketChoice expected;
    row.expected(expected);
    CHECK(plan_of(row.change).dial.choice == expected);
  }
}

TEST_CASE("--timeout goes before the default, and a shorter --deadline before both") {
  CHECK(plan_of([](auto& f) { f.time.timeout = "5s"; }).dial.timeout == Timeout(5s));
  CHECK(plan_of([](auto&) {}, {}, Timeout(7s)).dial.timeout == Timeout(7s));
  CHECK(plan_of([](auto& f) { f.time.timeout = "5s"; }, {}, Timeout(7s)).dial.timeout ==
        Timeout(5s));
  CHECK(plan_of([](auto& f) { f.time.deadline = "2s"; }).dial.timeout == Timeout(2s));
  CHECK(plan_of([](auto& f) { f.time.deadline = "2s"; }, {}, Timeout(7s)).dial.timeout ==
        Timeout(2s));
  CHECK(plan_of([](auto& f) { f.time.deadline = "9s"; }, {}, Timeout(7s)).dial.timeout ==
        Timeout(7s));
}

TEST_CASE("the other limits are taken as they are") {
  const ConnectPlan p = plan_of([](auto& f) {
    f.time.idle_timeout = "1s";
    f.time.linger = "0";
    f.time.deadline = "3s";
  });
  CHECK(p.limits.idle == 1s);
  CHECK(p.limits.linger == 0s);
  CHECK(p.limits.deadline == 3s);
}

TEST_CASE("flags choose the directions") {
  CHECK(plan_of([](auto& f) { f.data.send_only = true; }).data == DataPlan{.in = false});
  CHECK(plan_of([](auto& f) { f.data.recv_only = true; }).data == DataPlan{.out = false});
  CHECK(plan_of([](auto& f) { f.data.no_shutdown = true; }).data == DataPlan{.shutdown = false});
  CHECK(plan_of([](auto& f) { f.data.until = "any"; }).data == DataPlan{.until = io::Until::any});
}

TEST_CASE("the source may lack a port, and options keep their order") {
  const ConnectPlan p = plan_of([](auto& f) {
    f.source = "192.0.2.7";
    f.socket.options = {"TCP_NODELAY", "IP_TTL=3"};
  });
  REQUIRE(p.dial.source);
  CHECK(*p.dial.source == wire::parse_endpoint("192.0.2.7:0"));
  REQUIRE(p.dial.options.size() == 2);
  CHECK(p.dial.options[1].text == "IP_TTL=3");
}

TEST_CASE("a command is what stands after the dashes") {
  CHECK(plan_of([](auto&) {}, Command({"cat", "-v"})).command ==
        std::vector<std::string>{"cat", "-v"});
}

TEST_CASE("flags that contradict each other or mean nothing are refused") {
  const std::vector<Change> changes{[](auto& f) { f.socket.ipv4 = f.socket.ipv6 = true; },
                                    [](auto& f) {
                                      f.socket.ipv4 = true;
                                      f.socket.family = "inet";
                                    },
                                    [](auto& f) {
                                      f.socket.udp = true;
                                      f.socket.type = "stream";
                                    },
                                    [](auto& f) { f.socket.family = "nosuch"; },
                                    [](auto& f) { f.socket.type = "nosuch"; },
                                    [](auto& f) { f.socket.protocol = "nosuch"; },
                                    [](auto& f) { f.socket.options = {"SO_NOSUCH"}; },
                                    [](auto& f) { f.time.timeout = "0"; },
                                    [](auto& f) { f.time.timeout = ""; },
                                    [](auto& f) { f.time.idle_timeout = "0"; },
                                    [](auto& f) { f.time.deadline = "0s"; },
                                    [](auto& f) { f.time.linger = "x"; },
                                    [](auto& f) { f.data.until = "never"; },
                                    [](auto& f) { f.data.send_only = f.data.recv_only = true; },
                                    [](auto& f) {
                                      f.data.send_only = true;
                                      f.data.until = "in";
                                    }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    CHECK_THROWS_AS(plan_of(changes[i]), UsageError);
  }
  CHECK_THROWS_AS(plan_of([](auto&) {}, Command(std::in_place)), UsageError);
  CHECK_THROWS_AS(plan_of([](auto& f) { f.port = "81"; }), wire::EndpointError);
}

TEST_CASE("the end rule follows the kind of socket and what was asked for") {
  struct Row {
    const char* what;
    DataPlan data;
    Limits limits;
    Circumstances now;
    io::Until expected;
  };
  const std::vector<Row> rows{
      {"a stream", {}, {}, {}, io::Until::both},
      {"datagrams we send", {}, {}, {.endless = true}, io::Until::out},
      {"with time for answers", {}, {.linger = 1s}, {.endless = true}, io::Until::both},
      {"datagrams we only receive", {.out = false}, {}, {.endless = true}, io::Until::both},
      {"datagrams we listen for", {}, {}, {.listening = true, .endless = true}, io::Until::both},
      {"as told", {.until = io::Until::in}, {}, {.endless = true}, io::Until::in}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(end_rule(row.data, row.limits, row.now).until == row.expected);
  }
  CHECK(!end_rule({}, {}, {}).empty_input_waits);
  CHECK(end_rule({}, {}, {.listening = true}).empty_input_waits);
  CHECK(!end_rule({.in = false}, {}, {}).in);
  CHECK(!end_rule({.out = false}, {}, {}).out);
  CHECK(end_rule({.in = false}, {}, {.tls = true}).peer_must_end);
  CHECK(!end_rule({}, {}, {.tls = true}).peer_must_end);
  CHECK(!end_rule({.in = false}, {}, {.listening = true, .tls = true}).peer_must_end);
  CHECK(!end_rule({.in = false}, {}, {}).peer_must_end);
}

}  // namespace
