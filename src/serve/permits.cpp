#include "serve/permits.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "wire/interfaces.hpp"
#include "wire/lookup.hpp"

namespace sock::serve {

namespace {

std::vector<Network> own_addresses() {
  std::vector<Network> all;
  for (const wire::InterfaceAddress& one : wire::interface_addresses())
    if (const auto ip = IpBytes::of(one.address)) all.push_back({*ip, 128});
  return all;
}

bool is_in(const std::vector<Network>& networks, const IpBytes& ip) noexcept {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& one) { return one.contains(ip); });
}

// What a client may not reach unless a rule names it.
std::vector<Network> closed_to(const Address& client) {
  if (client.family() != AF_INET && client.family() != AF_INET6 && client.family() != AF_VSOCK)
    return {};  // of a Unix socket
  const auto ip = IpBytes::of(client);
  if (ip && ip->is_loopback()) return {};
  std::vector<Network> closed = own_addresses();
  if (ip && is_in(closed, *ip)) return {};
  const auto& more = networks_of_this_machine();
  closed.insert(closed.end(), more.begin(), more.end());
  return closed;
}

}  // namespace

void Permits::check(std::string_view name, std::uint16_t port) const {
  if (!rules_->may_lead(name, port))
    throw NotAllowed(std::string(name) + ':' + std::to_string(port));
}

bool Permits::allows(std::string_view name, const Address& address) const {
  return rules_->allows(name, address, closed_to(client_));
}

wire::FindPaths Permits::find() const {
  return [permits = *this](const wire::DialPlan& plan, io::Observer& observer) {
    const auto& target = std::get<wire::InetEndpoint>(plan.target);
    const std::string name = wire::is_numeric(target.host) ? "" : target.host;
    std::uint16_t port = 0;
    std::from_chars(target.port.data(), target.port.data() + target.port.size(), port);
    if (!name.empty()) permits.check(name, port);
    std::vector<wire::Path> paths = wire::find_paths(plan, observer);
    const std::vector<Network> closed = closed_to(permits.client_);
    std::erase_if(paths, [&](const wire::Path& path) {
      return !permits.rules_->allows(name, path.target.address, closed);
    });
    if (paths.empty()) throw NotAllowed(wire::to_string(plan.target));
    return paths;
  };
}

}  // namespace sock::serve
