#include "serve/access.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "io/lines.hpp"

namespace sock::serve {

namespace {

// What the four bytes of an IPv4 address follow where they are mapped.
constexpr unsigned mapped_bits = 96;

[[noreturn]] void refuse(std::string_view text, std::string_view expected) {
  throw std::invalid_argument("'" + std::string(text) + "': expected " + std::string(expected));
}

bool has_bits_beyond(const Network& network) noexcept {
  for (unsigned bit = network.bits; bit < 128; ++bit)
    if ((network.address.bytes[bit / 8] & (0x80U >> (bit % 8))) != 0) return true;
  return false;
}

std::string_view next_word(std::string_view& line) noexcept {
  constexpr std::string_view blanks = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

void parse_line(std::string_view line, std::size_t number, std::vector<Rule>& rules) {
  line = line.substr(0, line.find('#'));
  const std::string_view verb = next_word(line);
  if (verb.empty()) return;
  if (verb != "allow" && verb != "deny")
    throw std::invalid_argument("line " + std::to_string(number) + ": '" + std::string(verb) +
                                "': expected allow or deny");
  std::string_view what = next_word(line);
  if (what.empty())
    throw std::invalid_argument("line " + std::to_string(number) + ": expected a network after '" +
                                std::string(verb) + "'");
  for (; !what.empty(); what = next_word(line))
    rules.push_back({verb == "allow", std::string(what), number});
}

std::vector<Network> networks_of(const Rule& rule, const Access::Resolve& resolve) try {
  if (const auto network = parse_network(rule.what)) return {*network};
  std::vector<Network> hosts;
  for (const Address& address : resolve(rule.what))
    if (const auto ip = IpBytes::of(address)) hosts.push_back({*ip, 128});
  return hosts;
} catch (const std::invalid_argument& error) {
  if (rule.line == 0) throw;
  throw std::invalid_argument("line " + std::to_string(rule.line) + ": " + error.what());
}

}  // namespace

bool Network::contains(const IpBytes& ip) const noexcept {
  const auto whole = static_cast<std::ptrdiff_t>(bits / 8);
  if (!std::equal(ip.bytes.begin(), ip.bytes.begin() + whole, address.bytes.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xffU << (8 - bits % 8) & 0xffU;
  return ((ip.bytes[bits / 8] ^ address.bytes[bits / 8]) & mask) == 0;
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const std::string host(text.substr(0, slash));
  Network network{{}, 128};
  unsigned least = 0;
  if (const auto ipv4 = IpBytes::from_ipv4(host)) {
    network.address = *ipv4;
    least = mapped_bits;
  } else if (const auto ipv6 = IpBytes::from_ipv6(host)) {
    network.address = *ipv6;
  } else if (slash == std::string_view::npos) {
    return std::nullopt;
  } else {
    refuse(text, "an address before '/'");
  }
  if (slash == std::string_view::npos) return network;

  const std::string_view length = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size() || bits > 128 - least)
    refuse(text, least == 0 ? "0 to 128 bits after '/'" : "0 to 32 bits after '/'");
  network.bits = bits + least;
  if (has_bits_beyond(network)) refuse(text, "no bits of the address beyond its prefix");
  return network;
}

std::vector<Rule> parse_rules(std::string_view text) {
  std::vector<Rule> rules;
  for (std::size_t number = 1; !text.empty(); ++number)
    parse_line(io::take_line(text), number, rules);
  return rules;
}

Access::Access(const std::vector<Rule>& rules, const Resolve& resolve) {
  for (const Rule& rule : rules) {
    only_allowed_ = only_allowed_ || rule.allow;
    if (rule.what == "all") {
      rules_.push_back({std::nullopt, rule.allow});
      continue;
    }
    for (const Network& network : networks_of(rule, resolve))
      rules_.push_back({network, rule.allow});
  }
  const auto rank = [](const Entry& e) {
    return std::pair(e.network ? -static_cast<int>(e.network->bits) : 1, e.allow);
  };
  std::stable_sort(rules_.begin(), rules_.end(),
                   [&](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
}

bool Access::allows(const Address& peer) const noexcept {
  const auto ip = IpBytes::of(peer);
  for (const Entry& entry : rules_)
    if (!entry.network || (ip && entry.network->contains(*ip))) return entry.allow;
  return !only_allowed_;
}

}  // namespace sock::serve
