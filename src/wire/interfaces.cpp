#include "wire/interfaces.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cerrno>
#include <memory>

#include "sock/error.hpp"

namespace sock::wire {

std::vector<InterfaceAddress> interface_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    const int err = errno;
    throw_errno(err, "getifaddrs");
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
  std::vector<InterfaceAddress> result;
  for (const ifaddrs* one = list; one; one = one->ifa_next) {
    const int family = one->ifa_addr ? one->ifa_addr->sa_family : AF_UNSPEC;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    result.push_back({one->ifa_name, Address::from(one->ifa_addr, size)});
  }
  return result;
}

}  // namespace sock::wire
