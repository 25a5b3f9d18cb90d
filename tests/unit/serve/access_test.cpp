#include "serve/access.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace sock;
using serve::Access;
using serve::IpBytes;
using serve::parse_network;
using serve::parse_rules;
using serve::Rule;

std::vector<Address> resolve(const std::string& name) {
  if (name == "pair.test")
    return {Address::inet("198.51.100.7", 0), Address::inet6("2001:db8::7", 0)};
  throw std::invalid_argument("asked for " + name);
}

Address address(const std::string& text) {
  return text.find(':') == std::string::npos ? Address::inet(text, 9) : Address::inet6(text, 9);
}

TEST_CASE("a network contains the addresses that begin as it does") {
  struct Row {
    const char* network;
    const char* ip;
    bool inside;
  };
  for (const Row& row : std::vector<Row>{{"192.0.2.0/24", "192.0.2.255", true},
                                         {"192.0.2.0/24", "192.0.3.0", false},
                                         {"192.0.2.0/24", "::ffff:192.0.2.9", true},
                                         {"192.0.2.128/25", "192.0.2.127", false},
                                         {"192.0.2.128/25", "192.0.2.200", true},
                                         {"192.0.2.7", "192.0.2.7", true},
                                         {"192.0.2.7", "192.0.2.6", false},
                                         {"192.0.2.7/32", "192.0.2.7", true},
                                         {"0.0.0.0/0", "203.0.113.1", true},
                                         {"0.0.0.0/0", "2001:db8::1", false},
                                         {"::/0", "2001:db8::1", true},
                                         {"::/0", "203.0.113.1", true},
                                         {"::ffff:192.0.2.0/120", "192.0.2.1", true},
                                         {"2001:db8::/32", "2001:db8:ffff::1", true},
                                         {"2001:db8::/32", "2001:db9::1", false},
                                         {"2001:db8::/31", "2001:db9::1", true},
                                         {"::1", "::1", true},
                                         {"::1", "::2", false}}) {
    CAPTURE(row.network);
    CAPTURE(row.ip);
    const auto network = parse_network(row.network);
    REQUIRE(network);
    CHECK(network->contains(*IpBytes::of(address(row.ip))) == row.inside);
  }
}

TEST_CASE("what is no network is a name, or refused with what was expected") {
  CHECK(!parse_network("example.test"));
  CHECK(!parse_network("all"));
  struct Row {
    const char* text;
    const char* message;
  };
  for (const Row& row : std::vector<Row>{
           {"192.0.2.0/33", "'192.0.2.0/33': expected 0 to 32 bits after '/'"},
           {"192.0.2.0/", "'192.0.2.0/': expected 0 to 32 bits after '/'"},
           {"192.0.2.0/-1", "'192.0.2.0/-1': expected 0 to 32 bits after '/'"},
           {"192.0.2.0/8x", "'192.0.2.0/8x': expected 0 to 32 bits after '/'"},
           {"::/129", "'::/129': expected 0 to 128 bits after '/'"},
           {"host/24", "'host/24': expected an address before '/'"},
           {"192.0.2.1/24", "'192.0.2.1/24': expected no bits of the address beyond its prefix"}}) {
    CAPTURE(row.text);
    CHECK_THROWS_WITH_AS(parse_network(row.text), row.message, std::invalid_argument);
  }
}

TEST_CASE("rules are lines, with comments, and their line numbers are kept") {
  const auto rules = parse_rules("# who may come\nallow 10.0.0.0/8 ::1\r\n\n deny\tall # others");
  REQUIRE(rules.size() == 3);
  CHECK(rules[0].allow);
  CHECK(rules[0].what == "10.0.0.0/8");
  CHECK(rules[0].line == 2);
  CHECK(rules[1].what == "::1");
  CHECK(rules[1].line == 2);
  CHECK(!rules[2].allow);
  CHECK(rules[2].what == "all");
  CHECK(rules[2].line == 4);
  CHECK(parse_rules("").empty());
}

TEST_CASE("a line that is no rule is refused with its number") {
  CHECK_THROWS_WITH_AS(parse_rules("allow all\npermit all\n"),
                       "line 2: 'permit': expected allow or deny", std::invalid_argument);
  CHECK_THROWS_WITH_AS(parse_rules("\n\nallow # nobody"),
                       "line 3: expected a network after 'allow'", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Access(parse_rules("allow ::1\ndeny 1.2.3.4/99"), resolve),
                       "line 2: '1.2.3.4/99': expected 0 to 32 bits after '/'",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Access({{true, "1.2.3.4/99"}}, resolve),
                       "'1.2.3.4/99': expected 0 to 32 bits after '/'", std::invalid_argument);
}

TEST_CASE("the most specific rule decides, in whatever order they stand") {
  struct Row {
    const char* rules;
    const char* peer;
    bool allowed;
  };
  for (const Row& row :
       std::vector<Row>{{"", "192.0.2.1", true},
                        {"allow 192.0.2.0/24", "192.0.2.1", true},
                        {"allow 192.0.2.0/24", "::ffff:192.0.2.1", true},
                        {"allow 192.0.2.0/24", "198.51.100.1", false},
                        {"deny 192.0.2.0/24", "192.0.2.1", false},
                        {"deny 192.0.2.0/24", "198.51.100.1", true},
                        {"allow 10.0.0.0/8\ndeny 10.1.0.0/16", "10.1.2.3", false},
                        {"deny 10.1.0.0/16\nallow 10.0.0.0/8", "10.1.2.3", false},
                        {"allow 10.0.0.0/8\ndeny 10.1.0.0/16", "10.2.2.3", true},
                        {"deny 10.0.0.0/8\nallow 10.1.0.0/16 all", "10.1.2.3", true},
                        {"deny 10.0.0.0/8\nallow 10.1.0.0/16 all", "10.2.2.3", false},
                        {"deny 10.0.0.0/8\nallow 10.1.0.0/16 all", "192.0.2.1", true},
                        {"deny all\nallow ::1", "::1", true},
                        {"deny all\nallow ::1", "::2", false},
                        {"allow 10.0.0.0/8\ndeny 10.0.0.0/8", "10.0.0.1", false},
                        {"deny 0.0.0.0/0\nallow all", "10.0.0.1", false},
                        {"deny 0.0.0.0/0\nallow all", "2001:db8::1", true},
                        {"allow pair.test", "198.51.100.7", true},
                        {"allow pair.test", "2001:db8::7", true},
                        {"allow pair.test", "2001:db8::8", false}}) {
    CAPTURE(row.rules);
    CAPTURE(row.peer);
    CHECK(Access(parse_rules(row.rules), resolve).allows(address(row.peer)) == row.allowed);
  }
}

TEST_CASE("a peer without an IP address matches nothing but all") {
  const Address peer = Address::unix_("/run/x");
  CHECK(Access().allows(peer));
  CHECK(Access(parse_rules("deny 0.0.0.0/0 ::/0"), resolve).allows(peer));
  CHECK(!Access(parse_rules("allow ::/0"), resolve).allows(peer));
  CHECK(Access(parse_rules("allow all"), resolve).allows(peer));
  CHECK(!Access(parse_rules("deny all"), resolve).allows(peer));
}

}  // namespace
