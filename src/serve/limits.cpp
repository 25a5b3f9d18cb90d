#include "serve/limits.hpp"

namespace sock::serve {

bool Admission::enter(const Address& peer) {
  if (limits_.per_host) {
    std::size_t& of_host = hosts_[Host(peer)];
    if (of_host >= *limits_.per_host) return false;
    ++of_host;
  }
  ++now_;
  ++total_;
  return true;
}

void Admission::leave(const Address& peer) noexcept {
  --now_;
  if (!limits_.per_host) return;
  const auto host = hosts_.find(Host(peer));
  if (--host->second == 0) hosts_.erase(host);
}

}  // namespace sock::serve
