// Whose connections come from a proxy, which says first whom they are for. Pure.
#pragma once

#include <vector>

#include "serve/access.hpp"
#include "sock/address.hpp"

namespace sock::serve {

struct Proxies {
  bool everybody = false;
  std::vector<Network> networks = {};
  bool empty() const noexcept { return !everybody && networks.empty(); }
  bool contain(const Address& peer) const noexcept;
};

}  // namespace sock::serve
