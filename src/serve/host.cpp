#include "serve/host.hpp"

#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string_view>

namespace sock::serve {

namespace {

IpBytes mapped(const in_addr& address) noexcept {
  constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  IpBytes ip;
  std::copy(prefix.begin(), prefix.end(), ip.bytes.begin());
  std::memcpy(ip.bytes.data() + prefix.size(), &address, sizeof address);
  return ip;
}

IpBytes plain(const in6_addr& address) noexcept {
  IpBytes ip;
  std::memcpy(ip.bytes.data(), &address, sizeof address);
  return ip;
}

}  // namespace

std::optional<IpBytes> IpBytes::of(const Address& address) noexcept {
  if (address.family() == AF_INET)
    return mapped(reinterpret_cast<const sockaddr_in*>(address.data())->sin_addr);
  if (address.family() == AF_INET6)
    return plain(reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr);
  return std::nullopt;
}

std::optional<IpBytes> IpBytes::from_ipv4(const std::string& text) noexcept {
  in_addr address{};
  if (::inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  return mapped(address);
}

std::optional<IpBytes> IpBytes::from_ipv6(const std::string& text) noexcept {
  in6_addr address{};
  if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  return plain(address);
}

bool IpBytes::is_loopback() const noexcept {
  if (std::any_of(bytes.begin(), bytes.begin() + 10, [](auto byte) { return byte != 0; }))
    return false;
  const bool ipv4 = bytes[10] == 0xff && bytes[11] == 0xff;
  return ipv4 ? bytes[12] == 127
              : std::all_of(bytes.begin() + 10, bytes.end() - 1, [](auto b) { return b == 0; }) &&
                    bytes[15] == 1;
}

Host::Host(const Address& address) noexcept : family_(address.family()) {
  if (const auto ip = IpBytes::of(address)) {
    family_ = AF_INET6;
    bytes_ = ip->bytes;
  } else if (family_ == AF_VSOCK) {
    const auto* vm = reinterpret_cast<const sockaddr_vm*>(address.data());
    std::memcpy(bytes_.data(), &vm->svm_cid, sizeof vm->svm_cid);
  } else {
    family_ = AF_UNSPEC;
  }
}

std::size_t Host::hash() const noexcept {
  return std::hash<std::string_view>()(
      {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
}

}  // namespace sock::serve
