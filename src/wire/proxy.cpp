#include "wire/proxy.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <variant>

#include "wire/candidates.hpp"
#include "wire/http_head.hpp"
#include "wire/lookup.hpp"
#include "wire/no_proxy.hpp"

namespace sock::wire {

namespace {

struct Scheme {
  std::string_view name;
  ProxyKind kind;
  std::uint16_t port;  // the usual one
};
constexpr std::array schemes{
    Scheme{"socks4", ProxyKind::socks4, 1080}, Scheme{"socks4a", ProxyKind::socks4a, 1080},
    Scheme{"socks5", ProxyKind::socks5, 1080}, Scheme{"socks5h", ProxyKind::socks5h, 1080},
    Scheme{"http", ProxyKind::http, 3128}};

// Without what may be a password.
std::string shown(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return "'" + std::string(text) + "'";
  const std::size_t scheme = text.find("://");
  const std::size_t begin = scheme == std::string_view::npos || scheme > at ? 0 : scheme + 3;
  return "'" + std::string(text.substr(0, begin)) + "..." + std::string(text.substr(at)) + "'";
}

[[noreturn]] void refuse(std::string_view text, std::string_view expected) {
  throw UsageError(shown(text) + ": expected " + std::string(expected));
}

std::optional<std::uint16_t> port_of(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stop != end || port == 0) return std::nullopt;
  return port;
}

// %XX is a byte. Nothing where that is broken.
std::optional<std::string> decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
    if (digits.size() != 2 || error != std::errc() || stop != end) return std::nullopt;
    bytes += static_cast<char>(value);
    i += 2;
  }
  return bytes;
}

const Scheme& scheme_of(std::string_view name, std::string_view text) {
  const auto found = std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& scheme) {
    return same_word(scheme.name, name);
  });
  if (found != schemes.end()) return *found;
  if (same_word(name, "socks"))
    refuse(text, "a version of SOCKS: socks5h://, socks5://, socks4a://");
  if (same_word(name, "https")) refuse(text, "http://; TLS is not spoken to a proxy itself");
  refuse(text, "socks5h://, socks5://, socks4a://, socks4:// or http:// before the host");
}

void take_user(ProxyHop& hop, std::string_view info, std::string_view text) {
  const std::size_t colon = info.find(':');
  const auto user = decoded(info.substr(0, colon));
  if (!user || user->empty()) refuse(text, "a user before the '@', with %XX for odd bytes");
  hop.user = *user;
  if (colon == std::string_view::npos) return;
  hop.password = decoded(info.substr(colon + 1));
  if (!hop.password) refuse(text, "a password with %XX for odd bytes");
}

bool is_host_character(char c) noexcept {
  return static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != ':' && c != '[' && c != ']';
}

ProxyHop parse_proxy(std::string_view text) {
  std::string_view rest = text;
  const Scheme* scheme = &schemes.back();
  if (const std::size_t end = text.find("://"); end != std::string_view::npos) {
    scheme = &scheme_of(text.substr(0, end), text);
    rest.remove_prefix(end + 3);
  }
  ProxyHop hop{.kind = scheme->kind, .host = {}, .port = scheme->port};
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    take_user(hop, rest.substr(0, at), text);
    rest.remove_prefix(at + 1);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  std::string_view port;
  if (const std::size_t colon = rest.rfind(':');
      colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    port = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    const auto number = port_of(port);
    if (!number) refuse(text, "a port, 1 to 65535, after the last ':'");
    hop.port = *number;
  }
  const bool brackets = rest.starts_with('[') && rest.ends_with(']');
  if (brackets) rest = rest.substr(1, rest.size() - 2);
  const bool good = brackets ? rest.find(':') != std::string_view::npos && is_numeric(rest)
                             : std::all_of(rest.begin(), rest.end(), is_host_character);
  if (rest.empty() || rest.find('/') != std::string_view::npos || !good)
    refuse(text, "a host, or an IPv6 address in brackets");
  hop.host = rest;
  return hop;
}

}  // namespace

std::vector<ProxyHop> parse_proxies(std::string_view text) {
  std::vector<ProxyHop> hops;
  for (;;) {
    const std::size_t comma = text.find(',');
    hops.push_back(parse_proxy(text.substr(0, comma)));
    if (comma == std::string_view::npos) return hops;
    text.remove_prefix(comma + 1);
  }
}

std::string to_string(const ProxyHop& hop) {
  const auto scheme = std::find_if(schemes.begin(), schemes.end(),
                                   [&](const Scheme& one) { return one.kind == hop.kind; });
  const bool six = hop.host.find(':') != std::string::npos;
  return std::string(scheme->name) + "://" + (six ? '[' + hop.host + ']' : hop.host) + ':' +
         std::to_string(hop.port);
}

bool looks_up_here(ProxyKind kind) noexcept {
  return kind == ProxyKind::socks4 || kind == ProxyKind::socks5;
}

bool lacks_password(const ProxyHop& hop) noexcept {
  const bool has_none = hop.kind == ProxyKind::socks4 || hop.kind == ProxyKind::socks4a;
  return !has_none && !hop.user.empty() && !hop.password;
}

bool sends_datagrams(const Endpoint& target, const SocketChoice& choice) noexcept {
  const auto* inet = std::get_if<InetEndpoint>(&target);
  return inet && (choice.udp || choice.type == SOCK_DGRAM || inet->transport == Transport::udp);
}

bool goes_through(const ProxyPlan& plan, const Endpoint& target, const SocketChoice& choice) {
  if (plan.hops.empty()) return false;
  const auto* inet = std::get_if<InetEndpoint>(&target);
  if (!inet && plan.if_possible) return false;
  if (!inet) throw UsageError(to_string(target) + ": a proxy connects to hosts and ports alone");
  const std::string_view host = inet->host.empty() ? "localhost" : std::string_view(inet->host);
  if (is_excepted(plan.no_proxy, host, port_of(inet->port).value_or(0))) return false;
  const bool known = inet->transport <= Transport::tls && !choice.protocol &&
                     (!choice.type || *choice.type == SOCK_STREAM || *choice.type == SOCK_DGRAM);
  if (!known) throw UsageError(to_string(target) + ": proxies have words for TCP and UDP alone");
  const ProxyKind last = plan.hops.back().kind;
  const bool socks5 = last == ProxyKind::socks5 || last == ProxyKind::socks5h;
  if (sends_datagrams(target, choice) && (plan.hops.size() > 1 || !socks5))
    throw UsageError(to_string(target) +
                     ": datagrams go through one proxy of SOCKS 5, and no other");
  return true;
}

}  // namespace sock::wire
