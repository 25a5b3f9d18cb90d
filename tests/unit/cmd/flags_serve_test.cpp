#include "cmd/flags_serve.hpp"

#include <doctest/doctest.h>

#include "cmd/values.hpp"

namespace {

using namespace sock::cmd;

TEST_CASE("flags of a proxy reach its plan") {
  ServeFlags flags;
  CHECK(!serve_plan(flags));
  flags.serve = "http-connect";
  flags.auth = "users";
  flags.allow_to = {"10.0.0.0/8:80", ".example.com"};
  flags.deny_to = {":25"};
  const auto plan = serve_plan(flags);
  REQUIRE(plan);
  CHECK(plan->protocol == sock::serve::ProxyProtocol::http_connect);
  CHECK(plan->auth == "users");
  REQUIRE(plan->rules.size() == 3);
  CHECK(plan->rules[0].allow);
  CHECK(plan->rules[1].what.name == ".example.com");
  CHECK(!plan->rules[2].allow);
  CHECK(plan->rules[2].what.ports == sock::serve::PortRange{25, 25});
}

TEST_CASE("what makes no proxy is refused") {
  const auto refused = [](const char* message, auto change) {
    ServeFlags flags;
    change(flags);
    CHECK_THROWS_WITH_AS(serve_plan(flags), message, UsageError);
  };
  refused("--serve 'socks': expected socks5 or http-connect", [](auto& f) { f.serve = "socks"; });
  refused("--auth: only with --serve", [](auto& f) { f.auth = "users"; });
  refused("--allow-to: only with --serve", [](auto& f) { f.allow_to = {"all"}; });
  refused("--deny-to: only with --serve", [](auto& f) { f.deny_to = {"all"}; });
  refused("--deny-to ':99999': expected a port or FIRST-LAST after ':'", [](auto& f) {
    f.serve = "socks5";
    f.deny_to = {":99999"};
  });
}

}  // namespace
