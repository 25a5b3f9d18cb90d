#include "wire/group.hpp"

#include <netinet/in.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <system_error>

#include "sock/error.hpp"
#include "sock/resolve.hpp"

namespace sock::wire {

namespace {

template <class T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

in_addr ipv4_of(const Address& address) noexcept {
  return reinterpret_cast<const sockaddr_in*>(address.data())->sin_addr;
}
in6_addr ipv6_of(const Address& address) noexcept {
  return reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr;
}

Address parse_numeric(std::string_view text) try {
  return text.find(':') == std::string_view::npos ? Address::inet(text, 0)
                                                  : Address::inet6(text, 0);
} catch (const std::invalid_argument&) {
  return {};
}

unsigned parse_interface(std::string_view text) {
  unsigned index = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  const bool number = error == std::errc() && stop == text.data() + text.size();
  return number ? index : if_nametoindex(text);
}

// The errno of connecting a datagram socket of its own, 0: it can be reached.
int try_to_reach(const Address& address, bool broadcast) {
  Socket socket(address.family(), SOCK_DGRAM);
  if (broadcast) socket.setsockopt(SOL_SOCKET, SO_BROADCAST, 1);
  return socket.connect_ex(address);
}

}  // namespace

Group parse_group(std::string_view text) {
  const auto at = text.find('@');
  Group group{parse_numeric(text.substr(0, at)), 0, std::string(text)};
  if (!is_multicast(group.address))
    throw UsageError("'" + group.text +
                     "': expected a multicast group such as 239.1.2.3 or ff02::fb@eth0");
  if (at != std::string_view::npos) group.interface = parse_interface(text.substr(at + 1));
  return group;
}

std::vector<SocketOption> join_options(const Group& group) {
  const auto with = [&](int level, int name, std::string value) {
    return SocketOption{level, name, std::move(value), "group " + group.text};
  };
  const auto index = static_cast<int>(group.interface);
  std::vector<SocketOption> options;
  if (group.address.family() == AF_INET) {
    const ip_mreqn request{ipv4_of(group.address), {}, index};
    options.push_back(with(IPPROTO_IP, IP_ADD_MEMBERSHIP, bytes_of(request)));
    if (index != 0) options.push_back(with(IPPROTO_IP, IP_MULTICAST_IF, bytes_of(request)));
  } else {
    const ipv6_mreq request{ipv6_of(group.address), group.interface};
    options.push_back(with(IPPROTO_IPV6, IPV6_JOIN_GROUP, bytes_of(request)));
    if (index != 0) options.push_back(with(IPPROTO_IPV6, IPV6_MULTICAST_IF, bytes_of(index)));
  }
  return options;
}

SocketOption broadcast_permission() {
  return {SOL_SOCKET, SO_BROADCAST, bytes_of(1), "SO_BROADCAST"};
}

bool is_multicast(const Address& address) noexcept {
  if (address.family() == AF_INET) return IN_MULTICAST(ntohl(ipv4_of(address).s_addr));
  return address.family() == AF_INET6 && ipv6_of(address).s6_addr[0] == 0xFF;
}

bool reaches_many(const Address& address) {
  if (is_multicast(address)) return true;
  // Only the kernel knows the broadcast addresses of its networks; it says EACCES, but so does a
  // route that prohibits.
  return address.family() == AF_INET && try_to_reach(address, false) == EACCES &&
         try_to_reach(address, true) == 0;
}

void take_from_everybody(Socket& socket) {
  const std::uint16_t port = socket.getsockname().port();
  const sockaddr nobody{AF_UNSPEC, {}};
  socket.connect(Address::from(&nobody, sizeof nobody));
  // A port that the system chose is given up with the peer.
  const Address left = socket.getsockname();
  if (left.port() == 0) socket.bind(with_port(left, port));
}

}  // namespace sock::wire
