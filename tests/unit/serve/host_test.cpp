#include "serve/host.hpp"

#include <linux/vm_sockets.h>

#include <doctest/doctest.h>

namespace {

using namespace sock;
using serve::Host;
using serve::IpBytes;

TEST_CASE("an IPv4 address is the same host when it is mapped into IPv6") {
  CHECK(Host(Address::inet("192.0.2.1", 80)) == Host(Address::inet6("::ffff:192.0.2.1", 81)));
  CHECK(Host(Address::inet("192.0.2.1", 80)).hash() ==
        Host(Address::inet6("::ffff:192.0.2.1", 81)).hash());
  CHECK(IpBytes::from_ipv4("192.0.2.1")->bytes == IpBytes::from_ipv6("::ffff:192.0.2.1")->bytes);
  CHECK(!IpBytes::from_ipv4("::1"));
  CHECK(!IpBytes::from_ipv6("localhost"));
}

TEST_CASE("other addresses and other kinds of addresses are other hosts") {
  CHECK(Host(Address::inet("192.0.2.1", 80)) != Host(Address::inet("192.0.2.2", 80)));
  CHECK(Host(Address::inet6("2001:db8::1", 80)) != Host(Address::inet6("2001:db8::2", 80)));
  CHECK(Host(Address::vsock(3, 1)) == Host(Address::vsock(3, 2)));
  CHECK(Host(Address::vsock(3, 1)) != Host(Address::vsock(4, 1)));
  CHECK(Host(Address::vsock(3, 1)) != Host(Address::unix_("/x")));
}

TEST_CASE("the loopback interface has a network of IPv4, and one address of IPv6") {
  for (const char* text : {"::1", "::ffff:127.0.0.1", "::ffff:127.255.255.254"})
    CHECK(IpBytes::from_ipv6(text)->is_loopback());
  for (const char* text : {"::", "::2", "1::1", "::ffff:126.0.0.1", "::127.0.0.1", "fe80::1"})
    CHECK_FALSE(IpBytes::from_ipv6(text)->is_loopback());
  CHECK(IpBytes::from_ipv4("127.0.0.1")->is_loopback());
  CHECK_FALSE(IpBytes::from_ipv4("0.0.0.0")->is_loopback());
}

TEST_CASE("peers without an address of a host are all of one") {
  CHECK(Host(Address::unix_("/a")) == Host(Address::unix_("/b")));
  CHECK(Host(Address()) == Host(Address::unix_("/b")));
}

}  // namespace
