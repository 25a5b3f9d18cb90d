// The parser of addresses: recursive descent, each rule a function named after what it reads.
#include "wire/endpoint.hpp"

#include <arpa/inet.h>
#include <linux/can.h>
#include <linux/if_ether.h>
#include <linux/vm_sockets.h>
#include <net/if.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "wire/endpoint_prefix.hpp"

namespace sock::wire {

namespace {

using detail::Prefix;

constexpr std::string_view port_next = "\":\" and a port";
constexpr std::string_view port_expected = "a port from 0 to 65535 or a service name";

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_number(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
constexpr bool is_service(char c, bool first) noexcept {
  return is_letter(c) || is_digit(c) || (!first && (c == '-' || c == '_' || c == '.' || c == '+'));
}

std::optional<std::uint64_t> to_number(std::string_view digits, int base) noexcept {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc() || stop != end) return {};
  return value;
}

bool is_ipv6(std::string_view text) {
  in6_addr address;
  return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

// Only digits and colons, as IPv6 addresses are written.
bool looks_like_ipv6(std::string_view text) noexcept {
  text = text.substr(0, text.find('%'));
  return std::count(text.begin(), text.end(), ':') > 1 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view port, bool port_optional) noexcept
      : text_(text), port_(port), port_optional_(port_optional) {}

  Endpoint endpoint() const {
    const Field all{text_, 0};
    if (text_.starts_with('/') || text_.starts_with("./") || text_.starts_with("../"))
      return portless(path(std::string(text_), all));
    const auto [word, rest] = split(all);
    const auto prefix = rest ? detail::find_prefix(word.text) : std::nullopt;
    if (!prefix) return inet(Transport::tcp, all);
    switch (*prefix) {
      case Prefix::unix_:
        return portless(unix_path(*rest));
      case Prefix::vsock:
        return portless(vsock(*rest));
      case Prefix::can:
      case Prefix::bcm:
        return portless(CanEndpoint{*prefix == Prefix::bcm, interface(*rest)});
      case Prefix::isotp:
        return portless(isotp(*rest));
      case Prefix::packet:
        return portless(packet(*rest));
      case Prefix::rds:
        return rds(*rest);
      case Prefix::tipc:
        return portless(tipc(*rest));
      case Prefix::raw:
        return portless(RawEndpoint{lone_host(*rest)});
      case Prefix::fd:
        return portless(FdEndpoint{
            static_cast<int>(number(*rest, INT_MAX, "the number of an open descriptor"))});
      default:
        return inet(static_cast<Transport>(*prefix), *rest);
    }
  }

 private:
  // A part of the text and where it stands in it.
  struct Field {
    std::string_view text;
    std::size_t at;
    std::size_t end() const noexcept { return at + text.size(); }
    Field from(std::size_t i) const noexcept { return {text.substr(i), at + i}; }
  };

  // Columns count through "TEXT PORT" as it was typed.
  [[noreturn]] void fail(std::size_t at, std::string_view expected,
                         std::string_view hint = {}) const {
    std::string whole(text_);
    if (!port_.empty()) whole.append(1, ' ').append(port_);
    throw EndpointError(whole, at + 1, expected, hint);
  }

  // Up to the first colon, and what follows it.
  static std::pair<Field, std::optional<Field>> split(Field f) noexcept {
    const std::size_t colon = f.text.find(':');
    if (colon == f.text.npos) return {f, std::nullopt};
    return {{f.text.substr(0, colon), f.at}, f.from(colon + 1)};
  }
  std::pair<Field, Field> two(Field f, std::string_view second) const {
    const auto [first, rest] = split(f);
    if (!rest) fail(f.end(), std::string("\":\" and ").append(second));
    return {first, *rest};
  }

  Endpoint portless(Endpoint e) const {
    if (!port_.empty()) fail(text_.size() + 1, "nothing more: this address has no port");
    return e;
  }

  Endpoint inet(Transport transport, Field f) const {
    auto [host, port] = host_and_port(f);
    return InetEndpoint{transport, std::move(host), std::move(port)};
  }

  Endpoint rds(Field f) const {
    auto [host, port] = host_and_port(f);
    if (host.empty()) fail(f.at, "a host", "RDS has no address for every interface");
    return RdsEndpoint{std::move(host), std::move(port)};
  }

  std::pair<std::string, std::string> host_and_port(Field f) const {
    if (f.text.starts_with('[')) {
      const auto [host, rest] = bracketed(f);
      if (rest.text.empty()) return {host, separate_port(rest.at)};
      if (rest.text[0] != ':') fail(rest.at, port_next);
      return {host, port(rest.from(1))};
    }
    if (looks_like_ipv6(f.text)) {
      if (port_.empty() && !port_optional_)
        fail(f.at, "\"[\" before an IPv6 address", "put it in brackets: [::1]:80");
      return {ipv6(f), separate_port(f.end())};
    }
    const auto [name, rest] = split(f);
    if (rest) return {host(name, port_next), port(*rest)};
    if (is_number(f.text)) return {"", port(f)};
    if (f.text.empty() && port_.empty()) fail(f.at, "HOST:PORT or a port");
    return {host(f, port_next), separate_port(f.end())};
  }

  std::string lone_host(Field f) const {
    if (f.text.empty()) fail(f.at, "a host", "\"*\" is every address of this machine");
    if (f.text.starts_with('[')) {
      const auto [host, rest] = bracketed(f);
      if (!rest.text.empty()) fail(rest.at, "the end of the address");
      return host;
    }
    if (looks_like_ipv6(f.text)) return ipv6(f);
    return host(f, "the end of the address");
  }

  // A name or IPv4 address; "" and "*" are every address.
  std::string host(Field f, std::string_view next) const {
    if (f.text == "*") return {};
    for (std::size_t i = 0; i < f.text.size(); ++i) {
      const char c = f.text[i];
      const bool control = static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
      if (control || c == ':' || c == '/' || c == '[' || c == ']' || c == '*')
        fail(f.at + i, i == 0 ? "a host name or address" : next);
    }
    return std::string(f.text);
  }

  // The address in brackets, and what follows them.
  std::pair<std::string, Field> bracketed(Field f) const {
    const std::size_t close = f.text.find(']');
    if (close == f.text.npos) fail(f.end(), "\"]\" after the IPv6 address");
    return {ipv6({f.text.substr(1, close - 1), f.at + 1}), f.from(close + 1)};
  }

  std::string ipv6(Field f) const {
    const std::size_t zone = f.text.find('%');
    std::string address(f.text.substr(0, zone));
    if (address.find('\0') != address.npos || !is_ipv6(address)) fail(f.at, "an IPv6 address");
    if (zone == f.text.npos) return address;
    return address + '%' + interface_name(f.from(zone + 1));
  }

  // The port that stands in an argument of its own.
  std::string separate_port(std::size_t end) const {
    if (!port_.empty()) {
      const Field f{port_, text_.size() + 1};
      check_port(f);
      return std::string(port_);
    }
    if (port_optional_) return "0";
    fail(end, port_next, text_.starts_with('@') ? "an abstract Unix socket is unix:@NAME" : "");
  }

  std::string port(Field f) const {
    if (!port_.empty()) {
      check_port(f);
      fail(text_.size() + 1, "nothing more: the address has its port");
    }
    check_port(f);
    return std::string(f.text);
  }

  void check_port(Field f) const {
    if (f.text.starts_with("//")) fail(f.at, port_expected, "HOST:PORT, not a URL");
    if (f.text.empty() || !is_service(f.text[0], true)) fail(f.at, port_expected);
    for (std::size_t i = 1; i < f.text.size(); ++i)
      if (!is_service(f.text[i], false))
        fail(f.at + i, "the end of the address",
             f.text[i] == ':' ? "what stands before HOST:PORT is none of the known prefixes" : "");
    if (!is_number(f.text)) return;
    const auto value = to_number(f.text, 10);
    if (!value || *value > 65535) fail(f.at, port_expected);
  }

  std::string unescaped(Field f) const {
    std::string bytes;
    for (std::size_t i = 0; i < f.text.size(); ++i) {
      if (f.text[i] != '\\') {
        bytes += f.text[i];
        continue;
      }
      const std::string_view code = f.text.substr(i + 1);
      if (code.starts_with('\\') || code.starts_with('0')) {
        bytes += code[0] == '0' ? '\0' : '\\';
        i += 1;
      } else if (code.starts_with('x') && code.size() >= 3 && is_hex(code[1]) && is_hex(code[2])) {
        bytes += static_cast<char>(*to_number(code.substr(1, 2), 16));
        i += 3;
      } else {
        fail(f.at + i, R"(\\, \0 or \xNN)");
      }
    }
    return bytes;
  }

  Endpoint unix_path(Field f) const {
    if (f.text.starts_with('@')) return UnixEndpoint{std::string(1, '\0') + unescaped(f.from(1))};
    std::string bytes = unescaped(f);
    if (bytes.starts_with('\0')) return UnixEndpoint{std::move(bytes)};
    return path(std::move(bytes), f);
  }

  Endpoint path(std::string bytes, Field f) const {
    if (bytes.find('\0') != bytes.npos) fail(f.at, "a path without NUL bytes");
    return UnixEndpoint{std::move(bytes)};
  }

  std::string interface(Field f) const {
    if (f.text.empty() || f.text == "*") return {};
    return interface_name(f);
  }

  std::string interface_name(Field f) const {
    std::string name = unescaped(f);
    const bool whole = std::none_of(name.begin(), name.end(), [](char c) {
      return c == '\0' || c == ':' || c == '/' || c == ' ' || (c >= '\t' && c <= '\r');
    });
    if (name.empty() || name.size() >= IFNAMSIZ || !whole)
      fail(f.at, "an interface's name of at most 15 bytes");
    return name;
  }

  // Decimal, or hexadecimal after 0x. "0800" is neither: who writes it means 0x0800.
  std::uint32_t number(Field f, std::uint32_t most, std::string_view expected) const {
    const bool hex = f.text.starts_with("0x") || f.text.starts_with("0X");
    const bool octal = !hex && f.text.size() > 1 && f.text[0] == '0';
    const auto value = hex ? to_number(f.text.substr(2), 16) : to_number(f.text, 10);
    if (octal || !value || *value > most)
      fail(f.at, std::string(expected).append(", at most ").append(std::to_string(most)),
           octal ? "hexadecimal begins with 0x" : "");
    return static_cast<std::uint32_t>(*value);
  }

  Endpoint vsock(Field f) const {
    const auto [cid, port] = two(f, "a port");
    return VsockEndpoint{context_id(cid), port.text == "any"
                                              ? VMADDR_PORT_ANY
                                              : number(port, UINT32_MAX, "a port number or any")};
  }

  std::uint32_t context_id(Field f) const {
    if (f.text == "any") return VMADDR_CID_ANY;
    if (f.text == "hypervisor") return VMADDR_CID_HYPERVISOR;
    if (f.text == "local") return VMADDR_CID_LOCAL;
    if (f.text == "host") return VMADDR_CID_HOST;
    return number(f, UINT32_MAX, "a context number, any, local, host or hypervisor");
  }

  Endpoint isotp(Field f) const {
    const auto [name, ids] = two(f, "the identifier to receive");
    const auto [rx, tx] = two(ids, "the identifier to send");
    return IsotpEndpoint{interface(name), can_id(rx), can_id(tx)};
  }

  // Always hexadecimal, with or without 0x, as candump(1) has it: three digits for 11 bits, eight
  // for 29. Those carry CAN_EFF_FLAG in the kernel's form, which would cut them to 11 bits
  // without it; a value that has the flag already (Python's way) is the same.
  std::uint32_t can_id(Field f) const {
    const bool marked = f.text.starts_with("0x") || f.text.starts_with("0X");
    const std::string_view digits = f.text.substr(marked ? 2 : 0);
    const auto value = to_number(digits, 16);
    if (!value || digits.size() > 8 || (*value & ~std::uint64_t{CAN_EFF_FLAG}) > CAN_EFF_MASK)
      fail(f.at, "a CAN identifier in hexadecimal, at most 1fffffff");
    const auto id = static_cast<std::uint32_t>(*value);
    return digits.size() == 8 || id > CAN_SFF_MASK ? id | CAN_EFF_FLAG : id;
  }

  Endpoint packet(Field f) const {
    const auto [name, protocol] = split(f);
    const std::uint32_t value =
        protocol ? number(*protocol, 65535, "a protocol number (0x0800 is IPv4)") : ETH_P_ALL;
    return PacketEndpoint{interface(name), static_cast<std::uint16_t>(value)};
  }

  Endpoint tipc(Field f) const {
    const auto [type, instance] = two(f, "an instance number");
    if (type.text == "id") {
      const auto [node, port] = two(instance, "a port number");
      return TipcEndpoint{number(node, UINT32_MAX, "a node's number"),
                          number(port, UINT32_MAX, "a port number"), true};
    }
    return TipcEndpoint{number(type, UINT32_MAX, "a service type, or id"),
                        number(instance, UINT32_MAX, "an instance number")};
  }

  std::string_view text_;
  std::string_view port_;
  bool port_optional_;
};

std::string message(std::string_view text, std::size_t column, std::string_view expected,
                    std::string_view hint) {
  std::string what = "address \"";
  what.append(text).append("\": column ").append(std::to_string(column));
  what.append(": expected ").append(expected);
  if (!hint.empty()) what.append(" (").append(hint).append(")");
  return what;
}

}  // namespace

EndpointError::EndpointError(std::string_view text, std::size_t column, std::string_view expected,
                             std::string_view hint)
    : std::invalid_argument(message(text, column, expected, hint)), column_(column) {}

Endpoint parse_endpoint(std::string_view text, std::string_view port) {
  return Parser(text, port, false).endpoint();
}

Endpoint parse_source(std::string_view text) { return Parser(text, {}, true).endpoint(); }

bool is_bare_port(std::string_view text) noexcept {
  if (text.starts_with("*:"))
    text.remove_prefix(2);
  else if (text.starts_with(':'))
    text.remove_prefix(1);
  else
    return is_number(text);
  if (text.empty() || !is_service(text[0], true)) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_service(c, false); });
}

}  // namespace sock::wire
