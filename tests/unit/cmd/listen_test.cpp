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
      f.address = row.address;
      f.port = row.port;
    });
    CHECK(p.listen.address == wire::parse_endpoint(row.expected));
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
  CHECK(p.listen.reuse_port);
  CHECK(p.listen.dualstack);
  CHECK(p.listen.backlog == 7);
  CHECK(p.listen.choice.family == AF_INET6);
  CHECK(p.listen.options.size() == 1);
  CHECK(p.listen.timeout == Timeout(3s));
  CHECK(p.accept_timeout == 2s);
  CHECK(p.limits.deadline == 9s);
}

TEST_CASE("without flags there is one peer, no limit and a long queue") {
  const ListenPlan p = plan_of([](auto& f) { f.port = "8080"; });
  CHECK(!p.keep_open);
  CHECK(!p.accept_timeout);
  CHECK(p.listen.backlog == wire::ListenPlan().backlog);
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

TEST_CASE("the line about a listener has all its addresses") {
  CHECK(listening_line({"127.0.0.1:80"}, false) == "listening on 127.0.0.1:80");
  CHECK(listening_line({"[::]:8080", "0.0.0.0:8080"}, true) ==
        "listening on [::]:8080 and 0.0.0.0:8080 (every interface)");
  CHECK(listening_line({"a", "b", "c"}, false) == "listening on a, b and c");
}

}  // namespace
