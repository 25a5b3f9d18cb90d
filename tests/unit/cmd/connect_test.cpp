#include "cmd/connect.hpp"

#include <netinet/in.h>

#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "cmd/probe.hpp"
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

TEST_CASE("flags choose what is seen") {
  CHECK(plan_of([](auto&) {}).show == ShowPlan());
  CHECK(plan_of([](auto& f) { f.show.json = true; }).show.events == Place());
  CHECK(plan_of([](auto& f) { f.show.events = "7"; }).show.events ==
        Place{Place::Kind::descriptor, "", 7});
  CHECK(plan_of([](auto& f) { f.show.events = "./7"; }).show.events ==
        Place{Place::Kind::file, "./7"});
  CHECK(plan_of([](auto& f) { f.show.dump = "hex"; }).show.dump == DumpPlan{});
  CHECK(plan_of([](auto& f) { f.show.dump = "text=a=b"; }).show.dump ==
        DumpPlan{false, {Place::Kind::file, "a=b"}});
  CHECK(plan_of([](auto& f) { f.show.progress = true; }).show.progress);

  const ShowPlan both = plan_of([](auto& f) { f.show.record = "a,b"; }).show;
  CHECK(both.record_in == "a");
  CHECK(both.record_out == "b");
  CHECK(!plan_of([](auto& f) { f.show.record = ",b"; }).show.record_in);
  CHECK(!plan_of([](auto& f) { f.show.record = "a,"; }).show.record_out);
}

TEST_CASE("a group to be joined is two options, and chooses the family of names") {
  const ConnectPlan p = plan_of([](auto& f) { f.socket.groups = {"ff02::fb@lo"}; });
  CHECK(p.dial.choice.family == AF_INET6);
  REQUIRE(p.dial.options.size() == 2);
  CHECK(p.dial.options[0].name == IPV6_JOIN_GROUP);
  CHECK(p.dial.options[1].name == IPV6_MULTICAST_IF);
}

TEST_CASE("UDP may broadcast, and what the user sets comes after") {
  const ConnectPlan p = plan_of([](auto& f) {
    f.socket.udp = true;
    f.socket.options = {"SO_BROADCAST=off"};
  });
  REQUIRE(p.dial.options.size() == 2);
  CHECK(p.dial.options[0].text == "SO_BROADCAST");
}

TEST_CASE("flags shape the stream") {
  const DataPlan p = plan_of([](auto& f) {
                       f.data.limit_rate = "10k/s";
                       f.data.max_bytes = "1M";
                       f.data.line_delay = "500ms";
                       f.data.replies = "3";
                       f.data.recv_size = "2k";
                       f.data.crlf = f.data.oob = true;
                     }).data;
  CHECK(p.out_shape ==
        io::Shape{.max_bytes = 1 << 20, .rate = 10240, .line_delay = 500ms, .crlf = true});
  CHECK(p.in_shape == io::Shape{.max_bytes = 1 << 20, .max_messages = 3, .rate = 10240});
  CHECK(p.recv_size == 2048);
  CHECK(p.oob);

  const io::RelayOptions options = relay_options(p, {}, {}, {});
  CHECK(options.out_shape == p.out_shape);
  CHECK(options.in_shape == p.in_shape);
  CHECK(options.buffer_size == 2048);
  CHECK(options.message_size == 2048);
  CHECK(options.whole_message == 2048);
  CHECK(options.route == io::Flow::Route::buffer);
}

TEST_CASE("framing is the same in both directions") {
  using Kind = io::Framing::Kind;
  struct Row {
    const char* text;
    io::Framing expected;
  };
  for (const Row& row : std::vector<Row>{{"none", {}},
                                         {"line", {Kind::line}},
                                         {"length", {Kind::length}},
                                         {"hex", {Kind::text, 0, io::Notation::hex}},
                                         {"can", {Kind::text, 0, io::Notation::can}},
                                         {"bcm", {Kind::text, 0, io::Notation::bcm}},
                                         {"chunk=1k", {Kind::chunk, 1024}}}) {
    CAPTURE(row.text);
    const DataPlan p = plan_of([&](auto& f) { f.data.framing = row.text; }).data;
    CHECK(p.out_shape.framing == row.expected);
    CHECK(p.in_shape.framing == row.expected);
    CHECK(p.framing_given);
  }
}

TEST_CASE("filters of CAN frames are one option, however often they are given") {
  const auto options = plan_of([](auto& f) {
                         f.socket.can_filters = {"123:7FF", "124:7FF,#4"};
                       }).dial.options;
  REQUIRE(options.size() == 2);
  CHECK(options[0].text == "--can-filter 123:7FF,124:7FF,#4");
  CHECK(options[0].value.size() == 16);
}

TEST_CASE("the source may lack a port, and options keep their order") {
  const ConnectPlan p = plan_of([](auto& f) {
    f.dial.source = "192.0.2.7";
    f.socket.options = {"TCP_NODELAY", "IP_TTL=3"};
  });
  REQUIRE(p.dial.source);
  CHECK(*p.dial.source == wire::parse_endpoint("192.0.2.7:0"));
  REQUIRE(p.dial.options.size() == 2);
  CHECK(p.dial.options[1].text == "IP_TTL=3");
}

TEST_CASE("a source's port may be a range") {
  const struct {
    const char* text;
    const char* endpoint;
    std::uint16_t last;
  } rows[] = {{"192.0.2.7:5000-5010", "192.0.2.7:5000", 5010},
              {"5000-65535", ":5000", 65535},
              {"[::1]:7-7", "[::1]:7", 7},
              {"udp:192.0.2.7:1-2", "udp:192.0.2.7:1", 2},
              {"192.0.2.7:5000", "192.0.2.7:5000", 0},
              {"192.0.2.7:http-alt", "192.0.2.7:http-alt", 0},
              {"host-1:5", "host-1:5", 0},
              {"/run/1-2", "unix:/run/1-2", 0}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Source source = parse_source_range(row.text);
    CHECK(source.endpoint == wire::parse_endpoint(row.endpoint));
    CHECK(source.last_port == row.last);
  }
  const struct {
    const char* text;
    std::size_t column;
  } wrong[] = {{"192.0.2.7:5000-", 16},
               {"192.0.2.7:5000-x", 16},
               {"192.0.2.7:5000-65536", 16},
               {"192.0.2.7:20-10", 14},
               {"0-10", 3},
               {"5-6-7", 3}};
  for (const auto& row : wrong) {
    CAPTURE(row.text);
    try {
      (void)parse_source_range(row.text);
      FAIL("taken for a source");
    } catch (const wire::EndpointError& e) {
      CHECK(e.column() == row.column);
    }
  }
}

TEST_CASE("the order of the addresses and the interface are the user's") {
  const ConnectPlan p = plan_of([](auto& f) {
    f.dial.sequential = true;
    f.dial.prefer = "6";
    f.socket.interface = "lo";
    f.socket.options = {"IP_TTL=3"};
  });
  CHECK(p.dial.sequential);
  CHECK(p.dial.preferred == AF_INET6);
  REQUIRE(p.dial.options.size() == 2);
  CHECK(p.dial.options[0].text == "SO_BINDTODEVICE=lo");
  CHECK(p.dial.options[0].value == "lo");
  CHECK(!plan_of([](auto&) {}).dial.sequential);
  CHECK(plan_of([](auto& f) { f.dial.prefer = "4"; }).dial.preferred == AF_INET);
  CHECK_THROWS_AS(plan_of([](auto& f) { f.dial.prefer = "5"; }), UsageError);
  CHECK_THROWS_AS(plan_of([](auto& f) { f.socket.interface = ""; }), UsageError);
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.address = "/run/x";
                    f.socket.interface = "lo";
                  }),
                  UsageError);
}

TEST_CASE("a transport that is written out is not silently another one") {
  const auto with = [](const char* address, bool udp, std::optional<std::string> type) {
    return plan_of([&](auto& f) {
      f.address = address;
      f.socket.udp = udp;
      f.socket.type = std::move(type);
    });
  };
  CHECK_THROWS_WITH_AS(with("tcp:a:1", true, {}),
                       "tcp:a:1: this address has sockets of type SOCK_STREAM: leave out --udp",
                       UsageError);
  CHECK_THROWS_WITH_AS(with("TCP:a:1", false, "dgram"),
                       "TCP:a:1: this address has sockets of type SOCK_STREAM: leave out --type",
                       UsageError);
  CHECK_NOTHROW(with("tcp:a:1", false, "stream"));
  CHECK_NOTHROW(with("a:1", true, {}));
  CHECK_NOTHROW(with("udp:a:1", true, {}));
}

TEST_CASE("tries that may be repeated have a limit of their own") {
  const ConnectPlan waits = plan_of([](auto& f) { f.dial.wait = "30s"; });
  CHECK(waits.wait == 30s);
  CHECK(waits.dial.timeout == Timeout(5s));
  CHECK(plan_of([](auto& f) { f.dial.reconnect = true; }).dial.timeout == Timeout(5s));
  CHECK(plan_of([](auto& f) {
          f.dial.wait = "30s";
          f.time.timeout = "1m";
        }).dial.timeout == Timeout(60s));
  CHECK(plan_of([](auto& f) {
          f.dial.reconnect = true;
          f.time.deadline = "2s";
        }).dial.timeout == Timeout(2s));
  CHECK_THROWS_AS(plan_of([](auto& f) { f.dial.wait = "0"; }), UsageError);
  CHECK_THROWS_AS(plan_of([](auto& f) { f.dial.reconnect = true; }, Command({"cat"})), UsageError);
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.dial.reconnect = true;
                    f.address = "fd:0";
                  }),
                  UsageError);
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
                                    [](auto& f) { f.socket.groups = {"192.0.2.1"}; },
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
                                    },
                                    [](auto& f) { f.show.dump = "octal"; },
                                    [](auto& f) { f.show.dump = "hex="; },
                                    [](auto& f) { f.show.record = "a"; },
                                    [](auto& f) { f.show.record = ","; },
                                    [](auto& f) { f.show.record = "a,a"; },
                                    [](auto& f) { f.show.events = ""; },
                                    [](auto& f) {
                                      f.show.json = true;
                                      f.show.events = "e";
                                    },
                                    [](auto& f) { f.show.json = f.show.progress = true; },
                                    [](auto& f) {
                                      f.show.json = true;
                                      f.show.dump = "hex";
                                    },
                                    [](auto& f) { f.data.limit_rate = "0/s"; },
                                    [](auto& f) { f.data.max_bytes = "0"; },
                                    [](auto& f) { f.data.line_delay = "0"; },
                                    [](auto& f) { f.data.replies = "0"; },
                                    [](auto& f) { f.data.recv_size = "0"; },
                                    [](auto& f) { f.data.recv_size = "1G"; },
                                    [](auto& f) { f.data.framing = "lines"; },
                                    [](auto& f) { f.data.framing = "chunk=0"; },
                                    [](auto& f) { f.data.framing = "chunk=65k"; },
                                    [](auto& f) {
                                      f.data.send_only = true;
                                      f.data.replies = "1";
                                    },
                                    [](auto& f) { f.data.recv_only = f.data.crlf = true; },
                                    [](auto& f) {
                                      f.data.recv_only = true;
                                      f.data.line_delay = "1s";
                                    },
                                    [](auto& f) {
                                      f.data.crlf = true;
                                      f.data.framing = "line";
                                    }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    CHECK_THROWS_AS(plan_of(changes[i]), UsageError);
  }
  CHECK_THROWS_AS(plan_of([](auto&) {}, Command(std::in_place)), UsageError);
  CHECK_THROWS_AS(plan_of([](auto& f) { f.port = "81"; }), wire::EndpointError);
}

TEST_CASE("TLS is for one connection, and for the targets of a probe that ask for it") {
  CHECK(plan_of([](auto& f) { f.address = "tls:a:1"; }).tls->peer_name == "a");
  CHECK(!plan_of([](auto&) {}).tls);
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.address = "tls:a:1";
                    f.dial.reconnect = true;
                  }),
                  UsageError);
  ConnectFlags flags;
  flags.address = "tls:a:1";
  flags.probe.probe = true;
  flags.probe.more = {"tls:b:2", "c:3"};
  flags.tls.ca = "ca.pem";
  using Names = std::vector<std::optional<std::string>>;
  const ProbePlan mixed = probe_plan(flags, {}, {});
  CHECK(mixed.task.tls_names == Names{"a", "b", std::nullopt});
  CHECK(mixed.tls->plan.trust_path == "ca.pem");
  flags.address = "tls:a:1,2";
  flags.probe.more.clear();
  CHECK(probe_plan(flags, {}, {}).task.tls_names == Names{"a", "a"});
  flags.address = "a:1";
  CHECK_THROWS_AS(probe_plan(flags, {}, {}), UsageError);  // --ca would do nothing
  flags.tls.tls = true;
  CHECK(probe_plan(flags, {}, {}).task.tls_names == Names{"a"});
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
      {"with so many answers",
       {.in_shape = {.max_messages = 2}},
       {},
       {.endless = true},
       io::Until::both},
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
