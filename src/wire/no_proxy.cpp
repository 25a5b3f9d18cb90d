#include "wire/no_proxy.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>

#include "wire/http_head.hpp"
#include "wire/inet_bytes.hpp"

namespace sock::wire {

namespace {

// The bytes of a numeric address of either family; "" for a name.
std::string address_bytes(std::string_view host) {
  const std::string text(host);
  std::string bytes = detail::inet_bytes(AF_INET, text);
  return bytes.empty() ? detail::inet_bytes(AF_INET6, text) : bytes;
}

template <class Number>
bool read_number(std::string_view text, Number& number) noexcept {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

bool same_begin(std::string_view a, std::string_view b, unsigned bits) noexcept {
  if (a.size() != b.size() || bits > 8 * a.size()) return false;
  const std::size_t whole = bits / 8;
  if (a.substr(0, whole) != b.substr(0, whole)) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xffU << (8 - bits % 8) & 0xffU;
  return ((detail::byte_at(a, whole) ^ detail::byte_at(b, whole)) & mask) == 0;
}

bool is_in_network(std::string_view network, std::string_view host) {
  const std::size_t slash = network.find('/');
  unsigned bits = 0;
  if (!read_number(network.substr(slash + 1), bits)) return false;
  const std::string bytes = address_bytes(host);
  return !bytes.empty() && same_begin(bytes, address_bytes(network.substr(0, slash)), bits);
}

bool is_under(std::string_view name, std::string_view host) noexcept {
  if (name.starts_with("*.")) name.remove_prefix(1);
  if (name.starts_with('.')) name.remove_prefix(1);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (name.empty() || host.size() < name.size()) return false;
  const std::string_view before = host.substr(0, host.size() - name.size());
  return same_word(host.substr(before.size()), name) && (before.empty() || before.ends_with('.'));
}

// The port at its end, which is cut off; 0: none.
std::uint16_t take_port(std::string_view& entry) noexcept {
  const std::size_t colon = entry.rfind(':');
  const bool six = entry.find(':') != colon && !entry.starts_with('[');
  std::uint16_t port = 0;
  if (colon == std::string_view::npos || six || !read_number(entry.substr(colon + 1), port))
    return 0;
  entry = entry.substr(0, colon);
  return port;
}

bool stands_for(std::string_view entry, std::string_view host, std::uint16_t port) {
  const std::uint16_t only = take_port(entry);
  if (only != 0 && only != port) return false;
  if (entry == "*") return true;
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (entry.find('/') != std::string_view::npos) return is_in_network(entry, host);
  const std::string bytes = address_bytes(host);
  return bytes.empty() ? is_under(entry, host) : bytes == address_bytes(entry);
}

}  // namespace

bool is_excepted(std::string_view no_proxy, std::string_view host, std::uint16_t port) {
  constexpr std::string_view between = ", \t\n";
  while (!no_proxy.empty()) {
    const std::size_t end = std::min(no_proxy.find_first_of(between), no_proxy.size());
    if (end != 0 && stands_for(no_proxy.substr(0, end), host, port)) return true;
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
  }
  return false;
}

}  // namespace sock::wire
