// The tuples of Python's socket.getaddrinfo(), as its print() shows them.
#include <fmt/format.h>

#include "cmd/resolve_text.hpp"
#include "sock/names.hpp"

namespace sock::cmd {
namespace {

// An enumeration's value where the number has a name, else the number.
std::string constant(const char* type, names::Kind kind, int value) {
  const std::string_view name = names::text(kind, value);
  return name.empty() ? std::to_string(value) : fmt::format("<{}.{}: {}>", type, name, value);
}

// A string as repr() shows it; bytes that are no ASCII do not come from getaddrinfo() here.
std::string quoted(std::string_view text) {
  const bool single = text.find('\'') != text.npos && text.find('"') == text.npos;
  const char quote = single ? '"' : '\'';
  std::string result(1, quote);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result += quote;
}

std::string sockaddr_tuple(const Address& address) {
  const std::string host = quoted(address.host());
  if (address.family() == AF_INET) return fmt::format("({}, {})", host, address.port());
  return fmt::format("({}, {}, {}, {})", host, address.port(), address.flowinfo(),
                     address.scope_id());
}

}  // namespace

std::string python_text(const std::vector<AddressInfo>& all) {
  std::string text;
  for (const AddressInfo& info : all)
    text += fmt::format("({}, {}, {}, {}, {})\n",
                        constant("AddressFamily", names::Kind::family, info.family),
                        constant("SocketKind", names::Kind::type, info.type), info.protocol,
                        quoted(info.canonname), sockaddr_tuple(info.address));
  return text;
}

}  // namespace sock::cmd
