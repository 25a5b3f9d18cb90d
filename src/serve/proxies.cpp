#include "serve/proxies.hpp"

#include <algorithm>

#include "serve/host.hpp"

namespace sock::serve {

bool Proxies::contain(const Address& peer) const noexcept {
  if (everybody || networks.empty()) return everybody;
  const auto ip = IpBytes::of(peer);
  return ip && std::any_of(networks.begin(), networks.end(),
                           [&](const Network& network) { return network.contains(*ip); });
}

}  // namespace sock::serve
