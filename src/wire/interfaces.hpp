// The addresses of this machine.
#pragma once

#include <string>
#include <vector>

#include "sock/address.hpp"

namespace sock::wire {

struct InterfaceAddress {
  std::string interface;
  Address address;
};

// getifaddrs(3): the IPv4 and IPv6 ones. Throws Error.
std::vector<InterfaceAddress> interface_addresses();

}  // namespace sock::wire
