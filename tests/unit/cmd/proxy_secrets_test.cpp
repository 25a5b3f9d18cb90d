#include "cmd/proxy_secrets.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cmd/values.hpp"

using namespace sock;
using namespace sock::cmd;

namespace {

using Passwords = std::vector<std::optional<std::string>>;

wire::ProxyPlan plan_for(const char* proxies) { return {wire::parse_proxies(proxies), "", false}; }

Passwords passwords(const wire::ProxyPlan& plan) {
  Passwords all;
  for (const wire::ProxyHop& hop : plan.hops) all.push_back(hop.password);
  return all;
}

Passwords taken(const char* proxies, std::string_view text) {
  wire::ProxyPlan plan = plan_for(proxies);
  take_passwords(plan, text, "x");
  return passwords(plan);
}

}  // namespace

TEST_CASE("each user takes the next line, and the last one holds for all that follow") {
  const char* three = "http://a@h,http://b@h,http://c@h";
  CHECK(taken(three, "1\n2\n3\n") == Passwords{"1", "2", "3"});
  CHECK(taken(three, "1\r\n2") == Passwords{"1", "2", "2"});
  CHECK(taken(three, "1") == Passwords{"1", "1", "1"});
  CHECK(taken("http://h,http://b:own@h,socks4a://c@h,socks5h://d@h", "1\n2\n") ==
        Passwords{std::nullopt, "own", std::nullopt, "1"});
}

TEST_CASE("a password that is missing is named") {
  for (const char* text : {"", "\n", "1\n\n"}) {
    try {
      (void)taken("http://a@h,http://b@h", text);
      FAIL("nothing was missing");
    } catch (const UsageError& error) {
      CHECK(std::string(error.what()).starts_with("x: expected the password of "));
    }
  }
}

TEST_CASE("only passwords that are missing are asked for, in the order of the way") {
  wire::ProxyPlan plan = plan_for("socks5h://a@h,http://b:known@h,http://c@[::1]:1");
  std::vector<std::string> asked;
  ask_passwords(plan, [&](const std::string& question) {
    asked.push_back(question);
    return std::to_string(asked.size());
  });
  CHECK(asked == std::vector<std::string>{"Password of a at socks5h://h:1080: ",
                                          "Password of c at http://[::1]:1: "});
  CHECK(passwords(plan) == Passwords{"1", "known", "2"});
}
