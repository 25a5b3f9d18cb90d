#include "wire/group.hpp"

#include <netinet/in.h>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sock/error.hpp"
#include "sock/resolve.hpp"

using namespace sock;
using namespace sock::wire;
using namespace std::chrono_literals;

namespace {

TEST_CASE("a group is a multicast address, with an interface or without") {
  const unsigned lo = if_nametoindex("lo");
  struct Row {
    const char* text;
    const char* host;
    unsigned interface;
  };
  for (const Row& row : std::vector<Row>{{"224.0.0.1", "224.0.0.1", 0},
                                         {"239.255.255.255@lo", "239.255.255.255", lo},
                                         {"239.1.2.3@7", "239.1.2.3", 7},
                                         {"ff02::fb", "ff02::fb", 0},
                                         {"ff02::fb@lo", "ff02::fb", lo}}) {
    CAPTURE(row.text);
    const Group group = parse_group(row.text);
    CHECK(group.address.host() == row.host);
    CHECK(group.interface == row.interface);
    CHECK(group.text == row.text);
  }
}

TEST_CASE("what is no group, or no interface, is refused") {
  for (const char* text : {"", "@lo", "223.255.255.255", "240.0.0.0", "fe80::1", "example.com",
                           "239.1.2", "239.1.2.3:80"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_group(text), UsageError);
  }
  CHECK_THROWS_AS(parse_group("239.1.2.3@no such"), Error);
  CHECK_THROWS_AS(parse_group("239.1.2.3@"), Error);
}

// Of IPv6 many machines have no route to groups on "lo".
TEST_CASE("a datagram to a joined group arrives") {
  for (const char* text : {"239.77.0.1@lo", "ff02::77@lo"}) {
    CAPTURE(text);
    const Group group = parse_group(text);
    const int family = group.address.family();
    Socket receiver(family, SOCK_DGRAM), sender(family, SOCK_DGRAM);
    receiver.settimeout(20s);
    receiver.bind(Address::resolve(family, "", 0));
    const auto port = receiver.getsockname().port();
    const auto to = family == AF_INET ? Address::inet(group.address.host(), port)
                                      : Address::inet6(group.address.host(), port, 0, 1);
    try {
      wire::apply(join_options(group), receiver);
      wire::apply(join_options(group), sender);
      sender.sendto("hello", to);
    } catch (const Error& e) {
      REQUIRE(family == AF_INET6);
      MESSAGE("skipped: " << std::string(e.what()));
      continue;
    }
    CHECK(receiver.recv(100) == "hello");
  }
}

TEST_CASE("a group that cannot be joined is named") {
  Socket stream(AF_INET, SOCK_STREAM);
  try {
    wire::apply(join_options(parse_group("239.77.0.1@lo")), stream);
    FAIL("joined");
  } catch (const Error& e) {
    CHECK(e.operation() == "set option");
    CHECK(e.subject() == "group 239.77.0.1@lo");
  }
}

TEST_CASE("the kernel's routes say what reaches many") {
  CHECK(reaches_many(Address::inet("224.0.0.251", 5353)));
  CHECK(reaches_many(Address::inet6("ff02::fb", 5353)));
  CHECK(reaches_many(Address::inet("127.255.255.255", 9)));
  CHECK(reaches_many(Address::inet("255.255.255.255", 9)));
  CHECK_FALSE(reaches_many(Address::inet("127.0.0.1", 9)));
  CHECK_FALSE(reaches_many(Address::inet6("::1", 9)));
  CHECK_FALSE(reaches_many(Address::unix_("/nowhere")));
}

TEST_CASE("a socket that takes from everybody keeps its port, and is no longer connected") {
  Socket other(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM);
  other.bind(Address::inet("127.0.0.1", 0));
  socket.settimeout(20s);
  bool bound = false;
  SUBCASE("chosen by the system") {}
  SUBCASE("or by hand") {
    socket.bind(Address::inet("127.0.0.2", 0));
    bound = true;
  }
  wire::apply(std::vector{broadcast_permission()}, socket);
  socket.connect(Address::inet("127.255.255.255", 9));
  const auto port = socket.getsockname().port();
  take_from_everybody(socket);
  CHECK(socket.getsockname().port() == port);
  CHECK(socket.getsockname().host() == (bound ? "127.0.0.2" : "0.0.0.0"));
  other.sendto("hello", Address::inet(bound ? "127.0.0.2" : "127.0.0.1", port));
  CHECK(socket.recv(100) == "hello");
}

}  // namespace
