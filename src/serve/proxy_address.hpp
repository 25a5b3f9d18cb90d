// Addresses as proxies write them. Pure.
#pragma once

#include "sock/address.hpp"
#include "wire/exchange.hpp"

namespace sock::serve {

// Of a numeric one: see wire::is_numeric.
Address address_of(const wire::ProxyAddress& numeric);

// IPv4 as IPv4, also where it came to a socket of both families.
Address unmapped(const Address&);

}  // namespace sock::serve
