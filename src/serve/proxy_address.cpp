#include "serve/proxy_address.hpp"

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace sock::serve {

Address address_of(const wire::ProxyAddress& numeric) {
  return numeric.host.find(':') == std::string::npos ? Address::inet(numeric.host, numeric.port)
                                                     : Address::inet6(numeric.host, numeric.port);
}

Address unmapped(const Address& address) {
  constexpr std::string_view mapped = "::ffff:";
  if (address.family() != AF_INET6) return address;
  const std::string host = address.host();
  if (!host.starts_with(mapped) || host.find('.') == std::string::npos) return address;
  return Address::inet(host.substr(mapped.size()), address.port());
}

}  // namespace sock::serve
