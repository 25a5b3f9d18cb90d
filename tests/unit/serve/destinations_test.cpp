#include "serve/destinations.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

namespace {

using namespace sock::serve;

struct Ask {
  const char *name, *address;
  int port;
};

sock::Address address_of(const Ask& ask) {
  const std::string text = ask.address;
  return text.find(':') == std::string::npos ? sock::Address::inet(text, ask.port)
                                             : sock::Address::inet6(text, ask.port);
}

// "+10.0.0.0/8 -:25": what is allowed and what is denied.
Destinations rules_of(std::string_view text) {
  std::vector<Destinations::Rule> rules;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    rules.push_back({word[0] == '+', parse_destination(word.substr(1))});
  }
  return Destinations(std::move(rules));
}

TEST_CASE("what a destination is") {
  const auto is = [](std::string_view text, const char* network, unsigned bits,
                     std::string_view name, PortRange ports) {
    CAPTURE(text);
    const Destination d = parse_destination(text);
    REQUIRE(d.network.has_value() == (network != nullptr));
    if (network != nullptr) {
      CHECK(d.network->contains(parse_network(network)->address));
      CHECK(d.network->bits == bits);
    }
    CHECK(d.name == name);
    CHECK(d.ports == ports);
  };
  is("10.0.0.0/8", "10.0.0.0", 104, "", {});
  is("10.0.0.0/8:80", "10.0.0.0", 104, "", {80, 80});
  is("192.0.2.1:8000-8099", "192.0.2.1", 128, "", {8000, 8099});
  is("2001:db8::/32", "2001:db8::", 32, "", {});
  is("[2001:db8::1]", "2001:db8::1", 128, "", {});
  is("[2001:db8::/32]:443", "2001:db8::", 32, "", {443, 443});
  is("WWW.Example.com.", nullptr, 0, "www.example.com", {});
  is(".example.com:443", nullptr, 0, ".example.com", {443, 443});
  is("all", nullptr, 0, "", {});
  is("all:25", nullptr, 0, "", {25, 25});
  is(":1-1023", nullptr, 0, "", {1, 1023});
}

TEST_CASE("what is none is refused, and says what was expected") {
  for (const char* text :
       {"", ".", "a b", "a/8", "10.0.0.0/33", "10.0.0.1/8", ":", ":x", ":80-", ":80-70", ":65536",
        "[::1", "[::1]80", "[example.com]:80", "a\nb", "*:80", "host:http"})
    CHECK_THROWS_AS_MESSAGE(parse_destination(text), std::invalid_argument, text);
}

TEST_CASE("which destinations may be reached") {
  struct Row {
    const char* rules;
    Ask ask;
    bool expected;
  };
  const Row rows[] = {
      {"", {"", "192.0.2.1", 80}, true},
      {"-192.0.2.0/24", {"", "192.0.2.1", 80}, false},
      {"-192.0.2.0/24", {"", "::ffff:192.0.2.1", 80}, false},
      {"-192.0.2.0/24 +192.0.2.1", {"", "192.0.2.1", 80}, true},
      {"+192.0.2.0/24", {"", "198.51.100.1", 80}, false},
      {"+192.0.2.0/24:80-90", {"", "192.0.2.9", 90}, true},
      {"+192.0.2.0/24:80-90", {"", "192.0.2.9", 91}, false},
      {"-192.0.2.0/24 +192.0.2.0/24:80", {"", "192.0.2.9", 80}, true},
      {"+192.0.2.1 -192.0.2.1", {"", "192.0.2.1", 80}, false},
      {"-:25", {"a.example", "192.0.2.1", 25}, false},
      {"-:25", {"a.example", "192.0.2.1", 26}, true},
      {"+a.example", {"A.Example.", "192.0.2.1", 80}, true},
      {"+a.example", {"b.example", "192.0.2.1", 80}, false},
      {"+a.example", {"", "192.0.2.1", 80}, false},
      {"+.example", {"a.b.example", "192.0.2.1", 80}, true},
      {"+.example", {"example", "192.0.2.1", 80}, true},
      {"+.example", {"anexample", "192.0.2.1", 80}, false},
      {"+.example -a.example", {"a.example", "192.0.2.1", 80}, false},
      {"-.example +a.example", {"a.example", "192.0.2.1", 80}, true},
      {"-all +a.example", {"a.example", "192.0.2.1", 80}, true},
      {"-all +a.example", {"b.example", "192.0.2.1", 80}, false},
      // No name leads to where addresses are denied.
      {"+a.example -10.0.0.0/8", {"a.example", "10.1.2.3", 80}, false},
      {"-a.example +10.0.0.0/8", {"a.example", "10.1.2.3", 80}, false},
      {"+a.example:443 -:443", {"a.example", "192.0.2.1", 443}, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.rules);
    CAPTURE(row.ask.name);
    CHECK(rules_of(row.rules).allows(row.ask.name, address_of(row.ask)) == row.expected);
  }
}

TEST_CASE("closed networks are opened by a rule that names them, and by no other") {
  const auto& closed = networks_of_this_machine();
  const auto allows = [&](const char* rules, const Ask& ask) {
    CAPTURE(rules);
    return rules_of(rules).allows(ask.name, address_of(ask), closed);
  };
  for (const char* address :
       {"127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "fe80::1", "ff02::1"}) {
    CAPTURE(address);
    CHECK(!allows("", {"", address, 80}));
    CHECK(!allows("+all", {"", address, 80}));
    CHECK(!allows("+a.example", {"a.example", address, 80}));
  }
  CHECK(allows("", {"", "10.0.0.1", 80}));
  CHECK(!allows("+0.0.0.0/0", {"", "127.0.0.1", 80}));
  CHECK(allows("+127.0.0.0/8", {"", "127.0.0.1", 80}));
  CHECK(allows("+127.0.0.1:8080", {"", "127.0.0.1", 8080}));
  CHECK(!allows("+127.0.0.1:8080", {"", "127.0.0.1", 80}));
}

TEST_CASE("nobody is asked for a name that no rule could allow") {
  CHECK(rules_of("").may_lead("a.example", 80));
  CHECK(!rules_of("-a.example").may_lead("a.example", 80));
  CHECK(!rules_of("+b.example").may_lead("a.example", 80));
  CHECK(!rules_of("+10.0.0.0/8:22").may_lead("a.example", 80));
  CHECK(rules_of("+10.0.0.0/8").may_lead("a.example", 80));
  CHECK(rules_of("+b.example -10.0.0.0/8").may_lead("b.example", 80));
  CHECK(!rules_of("-:25").may_lead("a.example", 25));
}

}  // namespace
