// Datagrams to many: multicast groups and broadcast addresses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sock/address.hpp"
#include "sock/socket.hpp"
#include "wire/dial.hpp"

namespace sock::wire {

// "239.1.2.3", "ff02::fb@eth0", "239.1.2.3@2": a multicast group, and the interface, by name or
// number, on which it is joined and on which datagrams to groups leave; without one the system
// chooses.
struct Group {
  Address address;  // port 0
  unsigned interface = 0;
  std::string text;
};

// Throws UsageError for what is no group, Error (Errc::interface_not_found).
Group parse_group(std::string_view);

// What joins it, ip(7), ipv6(7); only for sockets of its family.
std::vector<SocketOption> join_options(const Group&);

// SO_BROADCAST, without which the system refuses to send to a broadcast address.
SocketOption broadcast_permission();

bool is_multicast(const Address&) noexcept;
// A group, or what is a broadcast address by the routes of this machine.
bool reaches_many(const Address&);

// Makes a connected datagram socket take the answers of everybody, not of its peer alone. It is no
// longer connected then, and keeps its port.
void take_from_everybody(Socket&);

}  // namespace sock::wire
