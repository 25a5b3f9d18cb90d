#include "wire/dns_message.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace sock::wire;
using namespace std::string_literals;

namespace {

constexpr std::uint16_t id = 0x1234;
const std::string a_test = "\1a\4test\0"s;  // 8 bytes, at 12 of a message
const std::string pointer = "\xc0\x0c"s;    // to it

std::string two(unsigned number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

// Of an answer to a.test, A, with so many records.
std::string head(unsigned records, unsigned flags = 0x8180, const std::string& name = a_test,
                 unsigned type = 1) {
  return two(id) + two(flags) + two(1) + two(records) + two(0) + two(0) + name + two(type) + two(1);
}
std::string record(const std::string& owner, unsigned type, const std::string& data,
                   const std::string& ttl = "\0\0\1\x2c"s) {
  return owner + two(type) + two(1) + ttl + two(static_cast<unsigned>(data.size())) + data;
}
std::optional<DnsAnswer> parse(const std::string& message, DnsType type = DnsType::a) {
  return parse_dns_answer(message, {"a.test", type}, id);
}

}  // namespace

TEST_CASE("a question is asked as RFC 1035 has it") {
  const std::string expected =
      two(id) + two(0x0100) + two(1) + two(0) + two(0) + two(0) + a_test + two(1) + two(1);
  CHECK(dns_query({"a.test", DnsType::a}, id) == expected);
  CHECK(dns_query({"a.test.", DnsType::a}, id) == expected);
  CHECK(dns_query({"a.test", DnsType::aaaa}, id).substr(20) == "\0\x1c\0\1"s);
}

TEST_CASE("a name that no message can hold is not asked for") {
  const std::string label(63, 'x');
  CHECK_NOTHROW(dns_query({label + ".test", DnsType::a}, id));
  CHECK_NOTHROW(
      dns_query({label + "." + label + "." + label + "." + std::string(61, 'y'), DnsType::a}, id));
  for (const std::string& name : {"x" + label, "a..test"s, ".test"s,
                                  label + "." + label + "." + label + "." + std::string(62, 'y')}) {
    CAPTURE(name);
    CHECK_THROWS_AS(dns_query({name, DnsType::a}, id), DnsError);
  }
}

TEST_CASE("an answer has the addresses of the name, its aliases followed") {
  const auto plain = parse(head(2) + record(pointer, 1, "\xc0\0\2\1"s) +
                           record(pointer, 1, "\xc0\0\2\2"s, "\0\0\0\5"s));
  REQUIRE(plain);
  CHECK(plain->addresses == std::vector<std::string>{"192.0.2.1", "192.0.2.2"});
  CHECK(plain->seconds == 5U);
  CHECK(plain->code == DnsCode::no_error);
  CHECK_FALSE(plain->cut);

  // The alias points back into the message; what is said of others is not believed.
  const auto alias =
      parse(head(3) + record(pointer, 5, "\1b"s + "\xc0\x0e"s) +
            record("\1b\4test\0"s, 1, "\xc0\0\2\3"s) + record("\1c\4test\0"s, 1, "\xc0\0\2\4"s));
  REQUIRE(alias);
  CHECK(alias->addresses == std::vector<std::string>{"192.0.2.3"});

  const auto six = parse(
      head(1, 0x8180, a_test, 28) + record(pointer, 28, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"s),
      DnsType::aaaa);
  REQUIRE(six);
  CHECK(six->addresses == std::vector<std::string>{"2001:db8::1"});
}

TEST_CASE("names are compared without regard to case") {
  const auto answer =
      parse(head(1, 0x8180, "\1A\4tESt\0"s) + record("\1a\4TEST\0"s, 1, "\xc0\0\2\1"s));
  REQUIRE(answer);
  CHECK(answer->addresses.size() == 1);
}

TEST_CASE("an answer without addresses says why") {
  CHECK(parse(head(0))->addresses.empty());
  CHECK(parse(head(0, 0x8183))->code == DnsCode::no_such_name);
  CHECK(text(parse(head(0, 0x8182))->code) == "SERVFAIL");
  CHECK(text(parse(head(0, 0x8189))->code) == "RCODE 9");
  // The question is not understood, so it is not repeated.
  CHECK(parse(two(id) + two(0x8181) + std::string(8, '\0'))->code == DnsCode::format_error);
}

TEST_CASE("of a cut answer nothing is read") {
  const auto cut = parse(head(9, 0x8380) + "\1"s);
  REQUIRE(cut);
  CHECK(cut->cut);
  CHECK(cut->addresses.empty());
}

TEST_CASE("what answers another question is passed over") {
  const std::string good = head(1) + record(pointer, 1, "\xc0\0\2\1"s);
  REQUIRE(parse(good));
  const std::vector<std::string> others{
      "",
      good.substr(0, 11),
      two(id + 1) + good.substr(2),                               // another's
      head(0, 0x0100),                                            // a question
      head(0, 0xA180),                                            // of another kind
      head(0, 0x8180, "\1b\4test\0"s),                            // another name
      head(0, 0x8180, a_test, 28),                                // another type
      two(id) + two(0x8180) + two(0) + two(0) + two(0) + two(0),  // none at all
      two(id) + two(0x8180) + two(2) + two(0) + two(0) + two(0) + a_test + two(1) + two(1)};
  for (const std::string& message : others) {
    CAPTURE(message.size());
    CHECK_FALSE(parse(message));
  }
}

TEST_CASE("a malformed answer is an error, wherever it ends") {
  const std::string good =
      head(2) + record(pointer, 5, "\1b"s + "\xc0\x0e"s) + record("\1b\4test\0"s, 1, "\xc0\0\2\3"s);
  REQUIRE(parse(good)->addresses.size() == 1);
  for (std::size_t size = 12; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK_THROWS_AS(parse(good.substr(0, size)), DnsError);
  }
  const std::string address = "\xc0\0\2\1"s;
  std::string deep;  // a name of as many pointers as there is room for
  for (unsigned i = 0; i < 400; ++i) deep += two(0xC000U + (i == 0 ? 12U : 24U + 2U * (i - 1)));
  const std::vector<std::string> bad{
      head(1) + record("\xc0\x18"s, 1, address),     // points at itself
      head(1) + record("\xc0\x40"s, 1, address),     // and beyond
      head(2) + record("\1x\xc0\x18"s, 1, address),  // and to its own label
      head(1) + record("\x40x\0"s, 1, address),      // a label of no known kind
      head(1) + record(pointer, 1, "\1\2\3"s),       // three bytes of address
      head(1) + record(pointer, 1, "\1\2\3\4\5"s),
      head(1) + record(pointer, 5, "\1b"s),   // an alias beyond its end
      head(1) + record(pointer, 5, pointer),  // an alias of itself
      head(2) + record(pointer, 5, "\1b\4test\0"s) + record("\1b\4test\0"s, 5, pointer),
      head(1) + deep + record(two(0xC000U + 24U + 2U * 399U), 1, address),
      head(65535) + record(pointer, 1, address)};
  for (const std::string& message : bad) {
    CAPTURE(message.size());
    CHECK_THROWS_AS(parse(message), DnsError);
  }
  std::string endless;
  for (int i = 0; i < 5; ++i) endless += "\x3f" + std::string(63, 'x');
  CHECK_THROWS_AS(parse(head(1) + endless + '\0' + record("", 1, address)), DnsError);
}

TEST_CASE("a time to live with the highest bit is none") {
  CHECK(parse(head(1) + record(pointer, 1, "\xc0\0\2\1"s, "\x80\0\0\0"s))->seconds == 0U);
}
