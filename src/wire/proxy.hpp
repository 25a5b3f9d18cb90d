// Which proxies, and for whom: the text of --proxy and ALL_PROXY. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/candidates.hpp"
#include "wire/endpoint.hpp"

namespace sock::wire {

enum class ProxyKind : std::uint8_t { socks4, socks4a, socks5, socks5h, http };

struct ProxyHop {
  ProxyKind kind = ProxyKind::socks5h;
  std::string host;  // name or numeric, IPv6 without brackets
  std::uint16_t port = 0;
  std::string user = {};  // "": it is asked without one
  std::optional<std::string> password = {};
  bool operator==(const ProxyHop&) const = default;
};

// "socks5h://user@host:1080,http://host:3128": the way from here to the target, left to right. A
// scheme left out is http, a port left out 1080, or 3128 of http; %XX is a byte of the user and the
// password. Throws UsageError, which never repeats a password.
std::vector<ProxyHop> parse_proxies(std::string_view);

// Without user and password: "socks5h://[::1]:1080".
std::string to_string(const ProxyHop&);

// Are the names that it is asked for looked up here, and not by the proxy?
bool looks_up_here(ProxyKind) noexcept;
// Has its user a password that is not known?
bool lacks_password(const ProxyHop&) noexcept;

struct ProxyPlan {
  std::vector<ProxyHop> hops;  // empty: straight
  std::string no_proxy;        // whom it is not for: see is_excepted()
  // Whom proxies have no words for, a Unix socket, is connected to without them.
  bool if_possible = false;
};

// Is it a host to which datagrams are sent?
bool sends_datagrams(const Endpoint&, const SocketChoice&) noexcept;

// Does the way to it go through the proxies? Throws UsageError for a target that they have no words
// for, or no datagrams.
bool goes_through(const ProxyPlan&, const Endpoint& target, const SocketChoice&);

}  // namespace sock::wire
