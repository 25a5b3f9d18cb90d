// The prefixes of addresses, which the parser and the printer of endpoints share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "wire/endpoint.hpp"

namespace sock::wire::detail {

// The transports come first and have their own numbers.
enum class Prefix : std::uint8_t {
  tcp,
  udp,
  tls,
  sctp,
  mptcp,
  udplite,
  unix_,
  vsock,
  can,
  bcm,
  isotp,
  packet,
  rds,
  tipc,
  raw,
  fd
};
inline constexpr std::string_view prefixes[] = {"tcp",  "udp",   "tls", "sctp", "mptcp", "udplite",
                                                "unix", "vsock", "can", "bcm",  "isotp", "packet",
                                                "rds",  "tipc",  "raw", "fd"};
static_assert(std::size(prefixes) == static_cast<std::size_t>(Prefix::fd) + 1);
static_assert(static_cast<int>(Prefix::udplite) == static_cast<int>(Transport::udplite));

constexpr std::string_view text(Prefix p) noexcept { return prefixes[static_cast<std::size_t>(p)]; }
constexpr std::string_view text(Transport t) noexcept {
  return prefixes[static_cast<std::size_t>(t)];
}

// Case does not count, as it does not in host names: "UDP:53" is not a host called UDP.
constexpr std::optional<Prefix> find_prefix(std::string_view word) noexcept {
  constexpr auto same = [](std::string_view a, std::string_view lower) {
    if (a.size() != lower.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] - 'A' + 'a') : a[i];
      if (c != lower[i]) return false;
    }
    return true;
  };
  for (std::size_t i = 0; i < std::size(prefixes); ++i)
    if (same(word, prefixes[i])) return static_cast<Prefix>(i);
  return {};
}

}  // namespace sock::wire::detail
