#include "wire/interfaces.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace {

using namespace sock::wire;

TEST_CASE("the addresses of this machine have the names of their interfaces") {
  const auto all = interface_addresses();
  CHECK(std::any_of(all.begin(), all.end(), [](const InterfaceAddress& one) {
    return one.interface == "lo" && one.address == sock::Address::inet("127.0.0.1", 0);
  }));
  CHECK(std::none_of(all.begin(), all.end(),
                     [](const InterfaceAddress& one) { return one.interface.empty(); }));
}

}  // namespace
