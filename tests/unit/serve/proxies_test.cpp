#include "serve/proxies.hpp"

#include <doctest/doctest.h>

namespace {

using sock::Address;
using sock::serve::parse_network;
using sock::serve::Proxies;

TEST_CASE("nobody is a proxy, everybody, or who is in one of the networks") {
  const Address near = Address::inet("10.1.2.3", 1), mapped = Address::inet6("::ffff:10.1.2.3", 1),
                far = Address::inet("192.0.2.1", 1), local = Address::unix_("/x");
  const Proxies nobody, everybody{.everybody = true},
      some{.networks = {*parse_network("10.0.0.0/8"), *parse_network("2001:db8::/32")}};
  for (const Address* peer : {&near, &mapped, &far, &local}) {
    CHECK(!nobody.contain(*peer));
    CHECK(everybody.contain(*peer));
    CHECK(some.contain(*peer) == (peer == &near || peer == &mapped));
  }
  CHECK(nobody.empty());
  CHECK(!everybody.empty());
  CHECK(!some.empty());
}

}  // namespace
