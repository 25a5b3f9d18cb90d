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

TEST_CASE("an announcement has a version, and perhaps the two ends that it is to tell of") {
  using Version = wire::Announcement::Version;
  CHECK_FALSE(announcement_of({}));
  CHECK(announcement_of({.announcement = "v1"}) == wire::Announcement{Version::v1});
  CHECK(announcement_of({.announcement = "v2=192.0.2.1:1,192.0.2.2:2"}) ==
        wire::Announcement{Version::v2, wire::ProxiedEnds{Address::inet("192.0.2.1", 1),
                                                          Address::inet("192.0.2.2", 2)}});
  CHECK(announcement_of({.announcement = "v2=unix:/a,/b"}) ==
        wire::Announcement{Version::v2,
                           wire::ProxiedEnds{Address::unix_("/a"), Address::unix_("/b")}});
  for (const char* text : {"", "v3", "v1=", "v1=192.0.2.1:1", "v1=a:1,b:2", "v1=unix:/a,unix:/b",
                           "v2=192.0.2.1:1,[::1]:2", "v2=192.0.2.1:http,192.0.2.1:2",
                           "v2=192.0.2.1:1,192.0.2.1:65536", "v2=vsock:1:2,vsock:1:2"}) {
    INFO(std::string(text));
    CHECK_THROWS_AS((void)announcement_of({.announcement = text}), UsageError);
  }
}
