#include "cmd/hostname.hpp"

#include <doctest/doctest.h>

#include "cmd/values.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using Do = HostnamePlan::Do;

TEST_CASE("addresses of this machine have the scope that they reach") {
  struct Row {
    Address address;
    const char* expected;
  };
  for (const Row& row :
       {Row{Address::inet("127.0.0.5", 0), "host"}, Row{Address::inet("169.254.1.1", 0), "link"},
        Row{Address::inet("192.0.2.1", 0), "global"}, Row{Address::inet6("::1", 0), "host"},
        Row{Address::inet6("fe80::1", 0), "link"}, Row{Address::inet6("2001:db8::1", 0), "global"}})
    CHECK(scope_of(row.address) == row.expected);
}

TEST_CASE("hostname does one thing") {
  CHECK(plan(HostnameFlags{}).action == Do::name);
  CHECK(plan(HostnameFlags{.fqdn = true}).action == Do::fqdn);
  CHECK(plan(HostnameFlags{.short_form = true}).action == Do::short_form);
  CHECK(plan(HostnameFlags{.domain = true}).action == Do::domain);
  CHECK(plan(HostnameFlags{.addresses = true, .json = true}).json);
  const HostnamePlan set = plan(HostnameFlags{.set = "web1"});
  CHECK(set.action == Do::set);
  CHECK(set.name == "web1");
  using namespace std::chrono_literals;
  CHECK(plan(HostnameFlags{.fqdn = true}, 3s).timeout == sock::Timeout(3s));
  CHECK(plan(HostnameFlags{.domain = true, .timeout = "2s"}, 3s).timeout == sock::Timeout(2s));
  CHECK_THROWS_AS(plan(HostnameFlags{.timeout = "2s"}), UsageError);
  CHECK_THROWS_AS(plan(HostnameFlags{.fqdn = true, .timeout = "0"}), UsageError);
  CHECK_THROWS_AS(plan(HostnameFlags{.fqdn = true, .addresses = true}), UsageError);
  CHECK_THROWS_AS(plan(HostnameFlags{.fqdn = true, .set = "a"}), UsageError);
  CHECK_THROWS_AS(plan(HostnameFlags{.json = true, .set = "a"}), UsageError);
}

TEST_CASE("a name to set has 1 to 64 bytes") {
  CHECK(plan(HostnameFlags{.set = std::string(64, 'a')}).name.size() == 64);
  CHECK_THROWS_AS(plan(HostnameFlags{.set = std::string(65, 'a')}), UsageError);
  CHECK_THROWS_AS(plan(HostnameFlags{.set = ""}), UsageError);
}

TEST_CASE("a name is split at its first dot") {
  CHECK(short_name_of("a.b.test") == "a");
  CHECK(short_name_of("a") == "a");
  CHECK(domain_of("a.b.test") == "b.test");
  CHECK(domain_of("a") == "");
  CHECK(domain_of("a.") == "");
}

TEST_CASE("the steps to the full name say which name was taken, and why") {
  const std::string dotted =
      fqdn_steps("web1", HostEntry{"web1", {"web1.test"}, {"192.0.2.1"}}, "web1.test");
  CHECK(dotted ==
        "gethostname: web1\n"
        "gethostbyaddr web1: web1, alias web1.test, address 192.0.2.1\n"
        "the first of the names with a dot: web1.test");
  CHECK(fqdn_steps("web1", HostEntry{"web1", {}, {}}, "web1") ==
        "gethostname: web1\ngethostbyaddr web1: web1\n"
        "none of the names has a dot, so the first: web1");
  CHECK(fqdn_steps("web1", "getaddrinfo web1: no", "web1") ==
        "gethostname: web1\ngetaddrinfo web1: no\nso the name itself: web1");
}

}  // namespace
