#include "wire/inet_bytes.hpp"

#include <arpa/inet.h>

#include <array>

namespace sock::wire::detail {

std::string inet_bytes(int family, const std::string& host) {
  std::array<char, 16> bytes{};
  if (::inet_pton(family, host.c_str(), bytes.data()) != 1) return {};
  return {bytes.data(), family == AF_INET ? std::size_t{4} : bytes.size()};
}

std::string inet_text(std::string_view bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  return ::inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr ? text.data() : "";
}

}  // namespace sock::wire::detail
