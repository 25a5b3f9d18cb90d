#include "cmd/address_words.hpp"

#include <algorithm>
#include <string_view>

#include "wire/endpoint.hpp"

namespace sock::cmd {
namespace {

bool takes_port(const std::string& host) {
  try {
    (void)wire::parse_endpoint(host, "1");
    return true;
  } catch (const wire::EndpointError&) {
    return false;
  }
}

bool may_be_ports(std::string_view word) noexcept {
  return !word.empty() && std::all_of(word.begin(), word.end(), is_port_character);
}

}  // namespace

std::vector<AddressWord> pair_ports(std::span<const std::string> words) {
  std::vector<AddressWord> pairs;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool two = i + 1 < words.size() && may_be_ports(words[i + 1]) && takes_port(words[i]);
    pairs.push_back({words[i], two ? words[i + 1] : ""});
    if (two) ++i;
  }
  return pairs;
}

bool is_port_character(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == ',';
}

}  // namespace sock::cmd
