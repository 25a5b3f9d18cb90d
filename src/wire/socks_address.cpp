#include "wire/socks_address.hpp"

#include <sys/socket.h>

#include <stdexcept>

#include "wire/socks.hpp"

namespace sock::wire {
namespace detail {

namespace {

enum Type : std::uint8_t { ipv4 = 1, name = 3, ipv6 = 4 };

}  // namespace

std::string socks5_address(const ProxyAddress& address) {
  std::string bytes;
  if (const std::string four = inet_bytes(AF_INET, address.host); !four.empty()) {
    bytes = to_char(ipv4) + four;
  } else if (const std::string six = inet_bytes(AF_INET6, address.host); !six.empty()) {
    bytes = to_char(ipv6) + six;
  } else {
    if (address.host.empty() || address.host.size() > 255)
      throw std::invalid_argument("SOCKS 5 has hosts of 1 to 255 bytes");
    bytes = to_char(name);
    bytes += to_char(address.host.size());
    bytes += address.host;
  }
  return bytes + number_bytes(address.port);
}

Socks5Address parse_socks5_address(std::string_view text) {
  using Kind = Socks5Address::Kind;
  if (text.size() < 2) return {Kind::partial};
  std::size_t begin = 1, length = 0;
  switch (byte_at(text, 0)) {
    case ipv4:
      length = 4;
      break;
    case ipv6:
      length = 16;
      break;
    case name:
      begin = 2;
      length = byte_at(text, 1);
      break;
    default:
      return {Kind::nonsense};
  }
  if (text.size() < begin + length + 2) return {Kind::partial};
  const std::string_view bytes = text.substr(begin, length);
  std::string host = byte_at(text, 0) == name ? std::string(bytes) : inet_text(bytes);
  return {Kind::whole, {std::move(host), number_at(text, begin + length)}, begin + length + 2};
}

}  // namespace detail

std::string socks_datagram_header(const ProxyAddress& address) {
  return std::string(3, '\0') + detail::socks5_address(address);
}

std::optional<SocksDatagram> parse_socks_datagram(std::string_view datagram) {
  if (datagram.size() < 3 || datagram[2] != '\0') return std::nullopt;
  auto parsed = detail::parse_socks5_address(datagram.substr(3));
  if (parsed.kind != detail::Socks5Address::Kind::whole) return std::nullopt;
  return SocksDatagram{std::move(parsed.address), 3 + parsed.size};
}

}  // namespace sock::wire
