#include "cmd/listen.hpp"

#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "cmd/values.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using namespace std::chrono_literals;

ListenPlan plan_of(const std::function<void(ListenFlags&)>& change, Timeout fallback = {}) {
  ListenFlags flags;
  change(flags);
  return plan(flags, {}, fallback);
}

TEST_CASE("the address and the port come together or alone") {
  struct Row {
    std::optional<std::string> address, port;
    const char* expected;
  };
  for (const Row& row : std::vector<Row>{{{}, "8080", "8080"},
                                         {{}, "http", ":http"},
                                         {{}, "0", "0"},
                                         {"8080", {}, "8080"},
                                         {"127.0.0.1", "80", "127.0.0.1:80"},
                                         {"[::1]:80", {}, "[::1]:80"},
                                         {"/run/x.sock", {}, "unix:/run/x.sock"},
                                         {"udp:53", {}, "udp:53"}}) {
    CAPTURE(row.expected);
    const ListenPlan p = plan_of([&](auto& f) {
      if (row.address) f.addresses = {*row.address};
      f.port = row.port;
    });
    CHECK(p.listen.at(0).address == wire::parse_endpoint(row.expected));
  }
}

TEST_CASE("flags of the listener reach its plan") {
  const ListenPlan p = plan_of(
      [](auto& f) {
        f.port = "8080";
        f.keep_open = f.reuse_port = f.dualstack = true;
        f.backlog = "7";
        f.accept_timeout = "2s";
        f.time.deadline = "9s";
        f.socket.ipv6 = true;
        f.socket.options = {"TCP_NODELAY"};
      },
      Timeout(3s));
  CHECK(p.keep_open);
  CHECK(p.listen.at(0).reuse_port);
  CHECK(p.listen.at(0).dualstack);
  CHECK(p.listen.at(0).backlog == 7);
  CHECK(p.listen.at(0).choice.family == AF_INET6);
  CHECK(p.listen.at(0).options.size() == 1);
  CHECK(p.listen.at(0).timeout == Timeout(3s));
  CHECK(p.accept_timeout == 2s);
  CHECK(p.limits.deadline == 9s);
}

TEST_CASE("without flags there is one peer, no limit and a long queue") {
  const ListenPlan p = plan_of([](auto& f) { f.port = "8080"; });
  CHECK(!p.keep_open);
  CHECK(!p.accept_timeout);
  CHECK(p.listen.at(0).backlog == wire::ListenPlan().backlog);
  CHECK(p.limits == Limits{});
  CHECK(p.data == DataPlan{});
}

TEST_CASE("a listener without an address, or with wrong values, is refused") {
  CHECK_THROWS_WITH_AS(plan_of([](auto&) {}), "nothing to listen on: give an ADDRESS or -p PORT",
                       UsageError);
  CHECK_THROWS_AS(plan_of([](auto& f) { f.port = "99999"; }), wire::EndpointError);
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.port = "1";
                    f.backlog = "-1";
                  }),
                  UsageError);
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.port = "1";
                    f.accept_timeout = "0";
                  }),
                  UsageError);
}

TEST_CASE("each of several addresses is listened on, with one port where it is given") {
  const ListenPlan p = plan_of([](auto& f) {
    f.addresses = {"127.0.0.1", "[::1]"};
    f.port = "80";
  });
  REQUIRE(p.listen.size() == 2);
  CHECK(p.listen[0].address == wire::parse_endpoint("127.0.0.1:80"));
  CHECK(p.listen[1].address == wire::parse_endpoint("[::1]:80"));
}

TEST_CASE("a port behind a host is that host's, also among several addresses") {
  const ListenPlan p = plan_of([](auto& f) {
    f.addresses = {"127.0.0.1", "80", "udp:53", "::1", "http"};
  });
  REQUIRE(p.listen.size() == 3);
  CHECK(p.listen[0].address == wire::parse_endpoint("127.0.0.1:80"));
  CHECK(p.listen[1].address == wire::parse_endpoint("udp:53"));
  CHECK(p.listen[2].address == wire::parse_endpoint("[::1]:http"));
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.addresses = {"127.0.0.1", "80"};
                    f.port = "81";
                  }),
                  wire::EndpointError);
}

TEST_CASE("an interface is that of every socket, and only addresses of IP have one") {
  const ListenPlan p = plan_of([](auto& f) {
    f.addresses = {"80", "udp:53"};
    f.socket.interface = "lo";
    f.socket.options = {"IP_TTL=3"};
  });
  REQUIRE(p.listen.size() == 2);
  for (const wire::ListenPlan& one : p.listen) {
    REQUIRE(one.options.size() == 2);
    CHECK(one.options[0].text == "SO_BINDTODEVICE=lo");
  }
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.addresses = {"80", "/run/x"};
                    f.socket.interface = "lo";
                  }),
                  UsageError);
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.activated = true;
                    f.socket.interface = "lo";
                  }),
                  UsageError);
}

TEST_CASE("a transport that is written out is not silently another one") {
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.addresses = {"udp:1", "tcp:2"};
                    f.socket.udp = true;
                  }),
                  UsageError);
}

TEST_CASE("a mode is that of the Unix sockets' files") {
  const ListenPlan p = plan_of([](auto& f) {
    f.addresses = {"80", "/run/x"};
    f.mode = "0660";
  });
  REQUIRE(p.listen.size() == 2);
  CHECK(!p.listen[0].mode);
  CHECK(p.listen[1].mode == 0660);
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.port = "80";
                    f.mode = "0660";
                  }),
                  UsageError);
}

TEST_CASE("sockets that were passed on need no address") {
  const ListenPlan p = plan_of([](auto& f) {
    f.activated = true;
    f.socket.options = {"TCP_NODELAY"};
  });
  CHECK(p.listen.empty());
  CHECK(p.activated.options.size() == 1);
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.activated = true;
                    f.port = "80";
                  }),
                  UsageError);
}

TEST_CASE("one mode says what a peer gets") {
  struct Row {
    std::function<void(ModeFlags&)> change;
    cmd::Mode mode;
  };
  for (const Row& row : std::vector<Row>{{[](auto&) {}, cmd::Mode::stdio},
                                         {[](auto& f) { f.echo = true; }, cmd::Mode::echo},
                                         {[](auto& f) { f.discard = true; }, cmd::Mode::discard},
                                         {[](auto& f) { f.broker = true; }, cmd::Mode::broker},
                                         {[](auto& f) { f.chat = true; }, cmd::Mode::chat},
                                         {[](auto& f) { f.send = "file"; }, cmd::Mode::send},
                                         {[](auto& f) { f.to = "host:80"; }, cmd::Mode::forward}}) {
    const ListenPlan p = plan_of([&](auto& f) {
      f.port = "80";
      f.keep_open = true;
      row.change(f.modes);
    });
    CHECK(p.mode == row.mode);
    CHECK(p.serves());
  }
  CHECK_THROWS_AS(plan_of([](auto& f) {
                    f.port = "80";
                    f.modes.echo = f.modes.discard = true;
                  }),
                  UsageError);
  ListenFlags flags;
  flags.port = "80";
  flags.modes.echo = true;
  CHECK_THROWS_AS(plan(flags, std::vector<std::string>{"cat"}, {}), UsageError);
}

TEST_CASE(
    "without --keep-open a mode serves one peer, and a conversation is none of the server's") {
  const ListenPlan echo = plan_of([](auto& f) {
    f.port = "80";
    f.modes.echo = true;
  });
  CHECK(echo.serves());
  CHECK(echo.peers.in_all == 1);
  CHECK(!plan_of([](auto& f) { f.port = "80"; }).serves());
}

TEST_CASE("frames as text are of one listener, not of standard output for many") {
  for (const char* address : {"can:*", "isotp:*:1:2", "packet:*", "raw:127.0.0.1"}) {
    CAPTURE(address);
    const auto many = [&](bool echo) {
      return [=](auto& f) {
        f.addresses = {address};
        f.keep_open = true;
        f.modes.echo = echo;
      };
    };
    CHECK_THROWS_AS(plan_of(many(false)), UsageError);
    CHECK(plan_of(many(true)).serves());
    CHECK_FALSE(plan_of([&](auto& f) { f.addresses = {address}; }).serves());
  }
}

TEST_CASE("datagrams are forwarded as datagrams") {
  struct Row {
    const char* address;
    const char* to;
    bool udp;
    std::optional<int> type;
  };
  for (const Row& row : std::vector<Row>{{"80", "host:90", false, {}},
                                         {"udp:80", "host:90", true, {}},
                                         {"udp:80", "tcp:host:90", false, {}},
                                         {"80", "udp:host:90", false, {}},
                                         {"udp:80", "/run/x", false, SOCK_DGRAM}}) {
    CAPTURE(row.to);
    const ListenPlan p = plan_of([&](auto& f) {
      f.addresses = {row.address};
      f.modes.to = row.to;
      if (std::string_view(row.to).starts_with("tcp:")) f.data.framing = "length";
    });
    CHECK(p.to.value().choice.udp == row.udp);
    CHECK(p.to.value().choice.type == row.type);
    CHECK(p.to.value().target == wire::parse_endpoint(row.to));
  }
}

TEST_CASE("limits, rules and notices reach the plan") {
  const ListenPlan p = plan_of([](auto& f) {
    f.port = "80";
    f.keep_open = true;
    f.max_conns = "5";
    f.max_per_peer = "2";
    f.max_total = "9";
    f.allow = {"10.0.0.0/8", "host.test"};
    f.deny = {"10.1.0.0/16"};
    f.access = "rules";
    f.ready_fd = "7";
    f.ready_file = "ready";
    f.drain = "3s";
  });
  CHECK(p.peers.at_a_time == 5);
  CHECK(p.peers.per_host == 2);
  CHECK(p.peers.in_all == 9);
  REQUIRE(p.rules.size() == 3);
  CHECK(p.rules[0].allow);
  CHECK(p.rules[1].what == "host.test");
  CHECK(!p.rules[2].allow);
  CHECK(p.access_file == "rules");
  CHECK(p.ready.fd == 7);
  CHECK(p.ready.file == "ready");
  CHECK(p.drain == 3s);
  CHECK(plan_of([](auto& f) { f.port = "80"; }).drain == 10s);
}

TEST_CASE("TLS is for every address or for none, and for one peer") {
  const auto two = [](const char* first, const char* second) {
    return [=](ListenFlags& f) {
      f.addresses = {first, second};
      f.tls.self_signed = true;
    };
  };
  CHECK(plan_of(two("tls:1", "tls:2")).tls);
  CHECK_THROWS_AS(plan_of(two("tls:1", "2")), UsageError);
  CHECK(!plan_of([](auto& f) { f.port = "1"; }).tls);
  CHECK(plan_of([](auto& f) {
          f.addresses = {"tls:1"};
          f.tls.self_signed = f.keep_open = true;
        }).tls);
}

TEST_CASE("TLS with whom is forwarded to has options of its own") {
  const auto to = [](const char* target, const auto& change) {
    return plan_of([&](ListenFlags& f) {
      f.port = "1";
      f.keep_open = true;
      f.modes.to = target;
      change(f);
    });
  };
  const auto nothing = [](ListenFlags&) {};
  CHECK(!to("a:1", nothing).to_tls);
  const auto part = to("tls:a:1", nothing).to_tls;
  REQUIRE(part);
  CHECK(part->peer_name == "a");
  CHECK(part->plan.trust == wire::TlsPlan::Trust::system);
  CHECK(part->plan.onward);
  CHECK(to("a:1", [](auto& f) { f.to_tls.tls = f.to_tls.insecure = true; }).to_tls->plan.trust ==
        wire::TlsPlan::Trust::anyone);
  CHECK(!part->plan.datagrams);
  CHECK(to("udp:a:1", [](auto& f) { f.to_tls.tls = true; }).to_tls->plan.datagrams);
  CHECK(to("a:1", [](auto& f) { f.socket.udp = f.to_tls.tls = true; }).to_tls->plan.datagrams);
  struct Row {
    const char* target;
    void (*change)(ListenFlags&);
    const char* message;
  };
  for (const Row& row :
       {Row{"a:1", [](auto& f) { f.to_tls.ca = "x"; }, "--to-ca: there is no TLS: give --to-tls"},
        Row{"tls:a:1", [](auto& f) { f.socket.udp = true; }, "give --framing"},
        Row{"tls:a:1", [](auto& f) { f.to_tls.pins = {"x"}; }, "--to-pin 'x'"},
        Row{"unix:/x", [](auto& f) { f.to_tls.tls = true; }, "give --to-server-name or --to-pin"},
        Row{"tls:a:1",
            [](auto& f) {
              f.modes.to.reset();
              f.to_tls.tls = true;
            },
            "give --to"}}) {
    INFO(row.message);
    try {
      to(row.target, row.change);
      FAIL("not refused");
    } catch (const UsageError& error) {
      CHECK(std::string(error.what()).find(row.message) != std::string::npos);
    }
  }
}

TEST_CASE("values that make no sense, and options that would do nothing, are refused") {
  using Change = std::function<void(ListenFlags&)>;
  for (const Change& change : std::vector<Change>{
           [](auto& f) { f.keep_open = true, f.max_conns = "0"; },
           [](auto& f) { f.keep_open = true, f.max_total = "many"; },
           [](auto& f) { f.keep_open = f.modes.echo = true, f.time.linger = "5s"; },
           [](auto& f) { f.max_conns = "5"; }, [](auto& f) { f.max_per_peer = "5"; },
           [](auto& f) { f.max_total = "5"; }, [](auto& f) { f.drain = "5s"; },
           [](auto& f) { f.modes.broker = true; }, [](auto& f) { f.modes.chat = true; },
           [](auto& f) { f.addresses = {"./x"}, f.port.reset(), f.mode = "0999"; },
           [](auto& f) { f.addresses = {"./x"}, f.port.reset(), f.mode = "01777"; },
           [](auto& f) { f.ready_fd = "-1"; }, [](auto& f) { f.allow = {"10.0.0.0/40"}; },
           [](auto& f) { f.deny = {"10.0.0.1/8"}; }, [](auto& f) { f.modes.to = "host"; },
           [](auto& f) { f.modes.echo = f.data.send_only = true; }}) {
    CHECK_THROWS_AS(plan_of([&](auto& f) {
                      f.port = "80";
                      change(f);
                    }),
                    UsageError);
  }
}

TEST_CASE("an idle limit holds for commands, whatever they serve") {
  for (const bool keep_open : {false, true})
    for (const char* address : {"80", "udp:80"}) {
      ListenFlags flags;
      flags.keep_open = keep_open;
      flags.time.idle_timeout = "5s";
      flags.addresses = {address};
      CHECK(plan(flags, std::vector<std::string>{"cat"}, {}).limits.idle == 5s);
    }
}

TEST_CASE("the line about a listener has all its addresses") {
  CHECK(listening_line({"127.0.0.1:80"}, false) == "listening on 127.0.0.1:80");
  CHECK(listening_line({"[::]:8080", "0.0.0.0:8080"}, true) ==
        "listening on [::]:8080 and 0.0.0.0:8080 (every interface)");
  CHECK(listening_line({"a", "b", "c"}, false) == "listening on a, b and c");
}

TEST_CASE("whose connections begin with a PROXY header") {
  const auto plan_with = [](const char* text, bool udp = false) {
    return plan_of([=](auto& f) {
      f.addresses = {"1"};
      f.proxy_protocol = text;
      f.socket.udp = udp;
    });
  };
  CHECK(plan_of([](auto& f) { f.addresses = {"1"}; }).proxies.empty());
  CHECK(plan_with("require").proxies.everybody);
  const auto some = plan_with("accept=10.0.0.0/8,2001:db8::1").proxies;
  CHECK(!some.everybody);
  CHECK(some.networks.size() == 2);
  for (const char* text :
       {"", "accept", "accept=", "accept=10.0.0.0/8,", "accept=name", "no", "accept=10.0.0.0/33"})
    CHECK_THROWS_AS(plan_with(text), UsageError);
  CHECK_THROWS_AS(plan_with("require", true), UsageError);
}

TEST_CASE("so long is waited for a handshake or a header") {
  const auto patience = [](auto... timeout) {
    return plan_of([=](auto& f) {
             f.addresses = {"1"};
             ((f.time.timeout = timeout), ...);
           })
        .patience();
  };
  CHECK(patience() == std::chrono::seconds(10));
  CHECK(patience("3s") == std::chrono::seconds(3));
}

}  // namespace
