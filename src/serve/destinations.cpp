#include "serve/destinations.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace sock::serve {

namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view expected) {
  throw std::invalid_argument("'" + std::string(text) + "': expected " + std::string(expected));
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

PortRange parse_ports(std::string_view ports, std::string_view whole) {
  const std::size_t dash = ports.find('-');
  const auto first = parse_port(ports.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_port(ports.substr(dash + 1));
  if (!first || !last || *first > *last) refuse(whole, "a port or FIRST-LAST after ':'");
  return {*first, *last};
}

// As names are compared: without case, and without the dot of the root.
std::string folded(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string result(name);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool is_name(std::string_view name) noexcept {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

bool matches(const std::string& rule, std::string_view name) noexcept {
  if (!rule.starts_with('.')) return name == rule;
  return name.ends_with(rule) || name == std::string_view(rule).substr(1);
}

int kind(const Destination& d) noexcept { return d.network ? 0 : d.name.empty() ? 2 : 1; }

// Smaller: decides before others.
auto rank(const Destinations::Rule& rule) noexcept {
  const Destination& what = rule.what;
  const std::size_t specific = what.network ? what.network->bits : what.name.size();
  // A name itself is more specific than all those below it.
  const bool below = what.name.starts_with('.');
  return std::tuple(kind(what), below, -static_cast<long>(specific),
                    what.ports.last - what.ports.first, rule.allow);
}

}  // namespace

Destination parse_destination(std::string_view text) {
  Destination result;
  std::string_view host = text;
  std::size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) refuse(text, "']' after the address");
    host = text.substr(1, end - 1);
    if (end + 1 == text.size())
      colon = std::string_view::npos;
    else if (text[end + 1] == ':')
      colon = end + 1;
    else
      refuse(text, "':' and a port after ']'");
  } else if (colon != text.find(':')) {
    colon = std::string_view::npos;  // an IPv6 address
  } else {
    host = text.substr(0, colon);
  }
  if (colon != std::string_view::npos) result.ports = parse_ports(text.substr(colon + 1), text);
  result.network = parse_network(host);
  if (result.network) return result;
  result.name = folded(host);
  if (bracketed || host == "." || !is_name(result.name) ||
      (host.empty() && colon == std::string_view::npos))
    refuse(text, "a network, an address, a name or all, and perhaps ':' and ports");
  if (result.name == "all") result.name.clear();
  return result;
}

Destinations::Destinations(std::vector<Rule> rules) : rules_(std::move(rules)) {
  only_allowed_ =
      std::any_of(rules_.begin(), rules_.end(), [](const Rule& rule) { return rule.allow; });
  std::stable_sort(rules_.begin(), rules_.end(),
                   [](const Rule& a, const Rule& b) { return rank(a) < rank(b); });
}

const Destinations::Rule* Destinations::about_name(std::string_view name,
                                                   std::uint16_t port) const {
  if (name.empty()) return nullptr;
  const std::string asked = folded(name);
  for (const Rule& rule : rules_)
    if (!rule.what.name.empty() && rule.what.ports.contains(port) && matches(rule.what.name, asked))
      return &rule;
  return nullptr;
}

const Destinations::Rule* Destinations::about_network(const IpBytes& ip, std::uint16_t port) const {
  for (const Rule& rule : rules_)
    if (rule.what.network && rule.what.ports.contains(port) && rule.what.network->contains(ip))
      return &rule;
  return nullptr;
}

const Destinations::Rule* Destinations::about_every_host(std::uint16_t port) const {
  for (const Rule& rule : rules_)
    if (rule.what.every_host() && rule.what.ports.contains(port)) return &rule;
  return nullptr;
}

bool Destinations::may_lead(std::string_view name, std::uint16_t port) const {
  const bool network = std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    return rule.allow && rule.what.network && rule.what.ports.contains(port);
  });
  const Rule* named = about_name(name, port);
  if (named != nullptr && !named->allow) return false;
  if (network || named != nullptr) return true;
  const Rule* every = about_every_host(port);
  return every != nullptr ? every->allow : !only_allowed_;
}

bool Destinations::allows(std::string_view name, const Address& address,
                          const std::vector<Network>& closed) const {
  const auto ip = IpBytes::of(address);
  if (!ip) return false;
  const std::uint16_t port = address.port();
  const Rule* named = about_name(name, port);
  if (named != nullptr && !named->allow) return false;
  const Rule* network = about_network(*ip, port);
  const bool is_closed = std::any_of(closed.begin(), closed.end(), [&](const Network& one) {
    return one.contains(*ip) && (network == nullptr || network->what.network->bits < one.bits);
  });
  if (is_closed) return false;
  if (network != nullptr) return network->allow;
  if (named != nullptr) return true;
  const Rule* every = about_every_host(port);
  return every != nullptr ? every->allow : !only_allowed_;
}

const std::vector<Network>& networks_of_this_machine() {
  static const std::vector<Network> all = [] {
    std::vector<Network> networks;
    for (const char* text : {"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4",
                             "255.255.255.255", "::", "::1", "fe80::/10", "ff00::/8"})
      networks.push_back(*parse_network(text));
    return networks;
  }();
  return all;
}

}  // namespace sock::serve
