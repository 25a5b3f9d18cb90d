#include "cmd/probe_targets.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "cmd/address_words.hpp"
#include "wire/endpoint_prefix.hpp"

namespace sock::cmd {
namespace {

using wire::EndpointError;
using wire::detail::Prefix;

constexpr const char* port_expected = "a port: a number up to 65535, a range, or a service";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::optional<std::uint16_t> to_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stop != end) return std::nullopt;
  return port;
}

// One item of a list, and where it stands in the whole text.
class Item {
 public:
  Item(std::string_view whole, std::size_t at, std::size_t length)
      : whole_(whole), text_(whole.substr(at, length)), at_(at) {}

  void append_to(std::vector<std::string>& ports) const {
    if (text_.empty() || !is_digit(text_[0])) return append_service(ports);
    const std::size_t dash = text_.find('-');
    const std::uint16_t first = number(0, dash);
    const std::uint16_t last = dash == text_.npos ? first : number(dash + 1, text_.npos);
    if (last < first) fail(dash + 1, "a port that is not below the first of the range");
    for (std::uint32_t port = first; port <= last; ++port) ports.push_back(std::to_string(port));
  }

 private:
  [[noreturn]] void fail(std::size_t at, std::string_view expected) const {
    throw EndpointError(whole_, at_ + at + 1, expected);
  }

  std::uint16_t number(std::size_t from, std::size_t to) const {
    const auto port = to_port(text_.substr(from, to == text_.npos ? to : to - from));
    if (!port) fail(from, port_expected);
    return *port;
  }

  void append_service(std::vector<std::string>& ports) const {
    const auto wrong = std::find_if_not(text_.begin(), text_.end(), is_port_character);
    if (text_.empty() || text_[0] == '-' || wrong != text_.end())
      fail(static_cast<std::size_t>(wrong == text_.end() ? 0 : wrong - text_.begin()),
           port_expected);
    ports.emplace_back(text_);
  }

  std::string_view whole_, text_;
  std::size_t at_;
};

bool has_ports(Prefix prefix) noexcept {
  return prefix <= Prefix::udplite || prefix == Prefix::vsock || prefix == Prefix::rds;
}

// Where the port of an address begins, if it is of a kind that has one.
std::optional<std::size_t> port_begin(std::string_view text) {
  if (text.starts_with('/') || text.starts_with("./") || text.starts_with("../")) return {};
  const auto prefix = wire::detail::find_prefix(text.substr(0, text.find(':')));
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return 0;
  if ((prefix && !has_ports(*prefix)) || text.find(']', colon) != text.npos) return {};
  return colon + 1;
}

// A list or a range, and not one number or name, which is the address's to judge.
bool is_list(std::string_view ports) noexcept {
  return ports.find(',') != ports.npos ||
         (!ports.empty() && is_digit(ports[0]) && ports.find('-') != ports.npos);
}

void append(std::vector<wire::Endpoint>& targets, const std::string& word) {
  const auto begin = port_begin(word);
  if (!begin || !is_list(std::string_view(word).substr(*begin))) {
    targets.push_back(wire::parse_endpoint(word));
    return;
  }
  const std::string head = word.substr(0, *begin);
  for (const std::string& port : parse_ports(word, *begin))
    targets.push_back(wire::parse_endpoint(head + port));
}

}  // namespace

std::vector<std::string> parse_ports(std::string_view text, std::size_t before) {
  std::vector<std::string> ports;
  for (std::size_t at = before;;) {
    const std::size_t comma = text.find(',', at);
    Item(text, at, comma == text.npos ? comma : comma - at).append_to(ports);
    if (comma == text.npos) return ports;
    at = comma + 1;
  }
}

std::vector<wire::Endpoint> parse_targets(std::span<const std::string> words) {
  std::vector<wire::Endpoint> targets;
  for (const auto& [address, ports] : pair_ports(words)) {
    if (ports.empty()) {
      append(targets, address);
    } else {
      for (const std::string& port : parse_ports(ports))
        targets.push_back(wire::parse_endpoint(address, port));
    }
  }
  return targets;
}

}  // namespace sock::cmd
