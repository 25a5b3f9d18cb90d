// Between Address and the kernel's structures. Not installed.
#pragma once

#include <net/if.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "sock/address.hpp"

namespace sock::detail {

// An address as the structure of its family. What the kernel left off is zero.
template <class Sockaddr>
Sockaddr as(const Address& address) noexcept {
  static_assert(std::is_trivially_copyable_v<Sockaddr> && sizeof(Sockaddr) <= Address::capacity());
  Sockaddr sa;
  std::memcpy(&sa, address.data(), sizeof sa);
  return sa;
}

// The same for a view, which only one family has.
template <class Sockaddr>
Sockaddr view_as(const Address& address, int family, const char* view) {
  if (address.family() != family)
    throw std::logic_error(std::string("Address::") + view + ": an address of another family");
  return as<Sockaddr>(address);
}

template <class Sockaddr>
Address to_address(const Sockaddr& sa, std::size_t size = sizeof(Sockaddr)) noexcept {
  return Address::from(reinterpret_cast<const sockaddr*>(&sa), static_cast<socklen_t>(size));
}

inline std::uint16_t checked_port(int port) {
  if (port < 0 || port > 65535) throw std::out_of_range("port must be 0-65535.");
  return static_cast<std::uint16_t>(port);
}

// The name of an interface, its number when it is gone, "" for 0.
inline std::string interface_name(unsigned index) {
  if (index == 0) return {};
  char name[IF_NAMESIZE];
  return ::if_indextoname(index, name) ? name : std::to_string(index);
}

}  // namespace sock::detail
