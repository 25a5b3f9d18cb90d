// Which host a peer is on: what rules and limits go by. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "sock/address.hpp"

namespace sock::serve {

// An IP address as 16 bytes; IPv4 is mapped into IPv6 (RFC 4291, 2.5.5.2), so that a peer is the
// same whichever socket it came to.
struct IpBytes {
  std::array<std::uint8_t, 16> bytes{};
  static std::optional<IpBytes> of(const Address&) noexcept;  // none: no IP address
  static std::optional<IpBytes> from_ipv4(const std::string& text) noexcept;
  static std::optional<IpBytes> from_ipv6(const std::string& text) noexcept;

  bool is_loopback() const noexcept;  // 127.0.0.0/8, ::1
};

// What counts as one host: an IPv4 address, also where it is mapped into IPv6; an IPv6 address; a
// VSOCK context. Peers without any (Unix sockets) are all of one host, this one.
class Host {
 public:
  explicit Host(const Address&) noexcept;
  friend bool operator==(const Host&, const Host&) noexcept = default;
  std::size_t hash() const noexcept;

 private:
  int family_;
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace sock::serve
