// How SOCKS writes addresses: what both of its sides share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/exchange.hpp"
#include "wire/inet_bytes.hpp"

namespace sock::wire::detail {

// SOCKS 5: type, address and port. Throws std::invalid_argument: see SocksClient.
std::string socks5_address(const ProxyAddress&);

struct Socks5Address {
  enum class Kind : std::uint8_t { whole, partial, nonsense };
  Kind kind;
  ProxyAddress address = {};
  std::size_t size = 0;  // bytes, type and port included
};
Socks5Address parse_socks5_address(std::string_view);

}  // namespace sock::wire::detail
