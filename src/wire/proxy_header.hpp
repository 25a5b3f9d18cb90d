// The PROXY protocol, versions 1 and 2: what a proxy says of the connection it passes on. Pure.
// https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sock/address.hpp"
#include "wire/exchange.hpp"

namespace sock::wire {

// Both ends of the connection that the proxy has taken. None: it speaks for itself (LOCAL), or of
// something it has no words for (UNKNOWN); then the connection's own addresses count.
struct ProxiedEnds {
  Address source, destination;
  bool operator==(const ProxiedEnds&) const = default;
};

// "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n". Only for two Internet addresses of one family,
// else "PROXY UNKNOWN\r\n".
std::string proxy_header_v1(const std::optional<ProxiedEnds>&);
// The same in binary, also for Unix sockets; datagrams: of UDP, not TCP.
std::string proxy_header_v2(const std::optional<ProxiedEnds>&, bool datagrams = false);

// Reads either version. A header of version 1 has at most 107 bytes; one of version 2 more than
// 4 KiB is nonsense, whatever it says of its length.
class ProxyHeaderReader final : public Exchange {
 public:
  ProxyHeaderReader();
  const std::optional<ProxiedEnds>& ends() const noexcept { return ends_; }

 private:
  std::size_t take(std::string_view input) override;
  std::size_t take_v1(std::string_view);
  std::size_t take_v2(std::string_view);
  bool take_ends(unsigned kind, std::string_view body);
  std::optional<ProxiedEnds> ends_;
};

}  // namespace sock::wire
