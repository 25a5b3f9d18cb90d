#include "cmd/flags_proxy.hpp"

#include <doctest/doctest.h>

#include "cmd/values.hpp"

using namespace sock;
using namespace sock::cmd;

namespace {

std::string refusal(const ProxyFlags& flags) {
  try {
    (void)proxy_plan(flags);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("without --proxy the way is straight, whatever the environment says") {
  CHECK(proxy_plan({.all_proxy = "http://a"}).hops.empty());
  CHECK(refusal({.password_file = "x"}) == "--proxy-password-file: only with --proxy");
}

TEST_CASE("--proxy is a way, without what NO_PROXY excepts") {
  const wire::ProxyPlan plan = proxy_plan({.proxy = "socks5h://me@a,http://b", .no_proxy = "*"});
  CHECK(plan.hops.size() == 2);
  CHECK(plan.no_proxy.empty());
  CHECK_FALSE(plan.if_possible);
}

TEST_CASE("--proxy env takes what the environment has") {
  const wire::ProxyPlan plan =
      proxy_plan({.proxy = "env", .all_proxy = "http://me:secret@a", .no_proxy = "b"});
  REQUIRE(plan.hops.size() == 1);
  CHECK(plan.hops[0].password == "secret");
  CHECK(plan.no_proxy == "b");
  CHECK(plan.if_possible);
  CHECK(proxy_plan({.proxy = "env"}).hops.empty());
  CHECK(proxy_plan({.proxy = "env", .all_proxy = ""}).hops.empty());
  CHECK(refusal({.proxy = "env", .all_proxy = "ftp://a"}).starts_with("ALL_PROXY 'ftp://a': "));
}

TEST_CASE("a password on the command line is refused, and not repeated") {
  const std::string text = refusal({.proxy = "http://me:secret@a"});
  CHECK(text.starts_with("--proxy: a password on the command line can be read by everybody"));
  CHECK(text.find("secret") == std::string::npos);
  CHECK(refusal({.proxy = "socks5h://b,http://me:@a"}).starts_with("--proxy: a password"));
  CHECK(refusal({.proxy = "nonsense://"}).starts_with("--proxy 'nonsense://': expected "));
}
