#include "wire/proxy.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace sock::wire;

namespace {

std::string refusal(const std::string& text) {
  try {
    (void)parse_proxies(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

Endpoint endpoint(const std::string& text) { return parse_endpoint(text); }

ProxyPlan through(const std::string& proxies) { return {parse_proxies(proxies), "", false}; }

}  // namespace

TEST_CASE("a proxy is parsed with what its scheme leaves out") {
  struct Row {
    const char* text;
    ProxyHop expected;
  };
  const Row rows[] = {
      {"socks5h://proxy:1081", {ProxyKind::socks5h, "proxy", 1081}},
      {"socks5://proxy", {ProxyKind::socks5, "proxy", 1080}},
      {"SOCKS4A://10.0.0.1", {ProxyKind::socks4a, "10.0.0.1", 1080}},
      {"socks4://proxy/", {ProxyKind::socks4, "proxy", 1080}},
      {"http://proxy", {ProxyKind::http, "proxy", 3128}},
      {"proxy:8080", {ProxyKind::http, "proxy", 8080}},
      {"http://[2001:db8::1]:8080/", {ProxyKind::http, "2001:db8::1", 8080}},
      {"socks5h://[::1]", {ProxyKind::socks5h, "::1", 1080}},
      {"socks5h://me@proxy", {ProxyKind::socks5h, "proxy", 1080, "me"}},
      {"http://me:pass%3aword%40@proxy", {ProxyKind::http, "proxy", 3128, "me", "pass:word@"}},
      {"http://a@b:c@proxy", {ProxyKind::http, "proxy", 3128, "a@b", "c"}},
      {"http://me:@proxy", {ProxyKind::http, "proxy", 3128, "me", ""}},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.text));
    CHECK(parse_proxies(row.text) == std::vector{row.expected});
  }
}

TEST_CASE("proxies form a way, from left to right") {
  const auto hops = parse_proxies("socks5h://a:1,http://me@[::1]:2,socks4a://c:3");
  REQUIRE(hops.size() == 3);
  CHECK(to_string(hops[0]) == "socks5h://a:1");
  CHECK(to_string(hops[1]) == "http://[::1]:2");
  CHECK(to_string(hops[2]) == "socks4a://c:3");
}

TEST_CASE("what is no proxy is refused, with what was expected") {
  struct Row {
    const char* text;
    const char* expected;
  };
  const Row rows[] = {
      {"", "a host"},
      {"http://", "a host"},
      {"http://a,", "a host"},
      {"ftp://a", "socks5h://"},
      {"https://a", "http://; TLS is not spoken"},
      {"socks://a", "a version of SOCKS"},
      {"http://a:0", "a port"},
      {"http://a:65536", "a port"},
      {"http://a:", "a port"},
      {"http://a:b:80", "a host"},
      {"http://::1", "a host"},
      {"http://[a]:80", "a host"},
      {"http://a b", "a host"},
      {"http://a/path", "a host"},
      {"http://@a", "a user"},
      {"http://%zz@a", "a user"},
      {"http://m%4@a", "a user"},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.text));
    CHECK(refusal(row.text).find(std::string("expected ") + row.expected) != std::string::npos);
  }
}

TEST_CASE("what is refused never repeats a password") {
  for (const char* text : {"ftp://me:secret@host", "http://me:secret@host:0", "me:secret@ho st",
                           "http://me:secret%zz@host", "http://a:sec@ret@h/x"}) {
    INFO(std::string(text));
    CHECK_FALSE(refusal(text).empty());
    CHECK(refusal(text).find("sec") == std::string::npos);
  }
}

TEST_CASE("only a user of SOCKS 5 or HTTP lacks a password") {
  CHECK(lacks_password(parse_proxies("socks5h://me@a")[0]));
  CHECK(lacks_password(parse_proxies("http://me@a")[0]));
  CHECK_FALSE(lacks_password(parse_proxies("http://me:@a")[0]));
  CHECK_FALSE(lacks_password(parse_proxies("socks4a://me@a")[0]));
  CHECK_FALSE(lacks_password(parse_proxies("socks5://a")[0]));
}

TEST_CASE("a way goes through proxies unless there are none, or the target is excepted") {
  CHECK_FALSE(goes_through({}, endpoint("a:80"), {}));
  CHECK(goes_through(through("http://p"), endpoint("a:80"), {}));
  CHECK(goes_through(through("http://p"), endpoint("tls:a:443"), {}));
  ProxyPlan plan = through("http://p");
  plan.no_proxy = "a:81, localhost";
  CHECK(goes_through(plan, endpoint("a:80"), {}));
  CHECK_FALSE(goes_through(plan, endpoint("a:81"), {}));
  CHECK_FALSE(goes_through(plan, endpoint("80"), {}));
}

TEST_CASE("what proxies have no words for is refused, or connected to straight") {
  ProxyPlan plan = through("http://p");
  CHECK_THROWS_AS((void)goes_through(plan, endpoint("unix:/x"), {}), UsageError);
  CHECK_THROWS_AS((void)goes_through(plan, endpoint("sctp:a:80"), {}), UsageError);
  CHECK_THROWS_AS((void)goes_through(plan, endpoint("a:80"), {.type = SOCK_SEQPACKET}), UsageError);
  plan.if_possible = true;
  CHECK_FALSE(goes_through(plan, endpoint("unix:/x"), {}));
}

TEST_CASE("datagrams go through one proxy of SOCKS 5") {
  const SocketChoice udp{.udp = true};
  CHECK(goes_through(through("socks5h://p"), endpoint("udp:a:53"), {}));
  CHECK(goes_through(through("socks5://p"), endpoint("a:53"), udp));
  CHECK_THROWS_AS((void)goes_through(through("http://p"), endpoint("udp:a:53"), {}), UsageError);
  CHECK_THROWS_AS((void)goes_through(through("socks4a://p"), endpoint("a:53"), udp), UsageError);
  CHECK_THROWS_AS((void)goes_through(through("http://p,socks5://q"), endpoint("udp:a:53"), {}),
                  UsageError);
}
