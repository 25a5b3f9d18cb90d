// From an endpoint to the sockets that could reach it.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "io/observer.hpp"
#include "sock/address.hpp"
#include "sock/socket.hpp"
#include "sock/timeout.hpp"
#include "wire/endpoint.hpp"

namespace sock::wire {

// What the command line adds to an endpoint.
struct SocketChoice {
  std::optional<int> family = {};    // -4, -6, --family: of names
  std::optional<int> type = {};      // --type
  std::optional<int> protocol = {};  // --protocol
  bool udp = false;                  // --udp: datagrams instead of a stream
  bool operator==(const SocketChoice&) const = default;
};

struct Candidate {
  int family, type, protocol;
  Address address;
  std::string text;  // the address as it is shown, "udp:" included
};

enum class Purpose { connect, listen };

// In the order in which they are to be tried, each address once. To listen on every address gives
// the IPv6 wildcard, then the IPv4 one; to connect to no host is to connect to this machine. fd:N
// has none: it is adopted. Throws gaierror, TimeoutError, Error (an unknown interface, a path that
// is too long), and UsageError for choices that cannot go together (a Unix endpoint with -6).
std::vector<Candidate> candidates(const Endpoint&, const SocketChoice&, Purpose, const Deadline&);
// The same, and tells of a name's look-up.
std::vector<Candidate> candidates(const Endpoint&, const SocketChoice&, Purpose, const Deadline&,
                                  io::Observer&);

// Do sockets of this kind listen for connections? Else they take messages from anybody: RDS and the
// one-to-many sockets of SCTP, too, although they call their type seqpacket.
bool takes_connections(int family, int type, int protocol) noexcept;
bool takes_connections(const Socket&) noexcept;

// The name of a host that has to be looked up, "" where there is none.
std::string_view name_in(const Endpoint&) noexcept;
// Has candidates() to ask somebody (a host or a service by name), and so perhaps to wait?
bool asks_somebody(const Endpoint&) noexcept;

// The address of a socket of that family, type and protocol as it is shown and parsed:
// "udp:[::1]:53", "raw:192.0.2.1", "unix:/run/x". No address: "".
std::string shown(const Address&, int family, int type, int protocol);
std::string shown(const Address&, const Socket&);

// Where the socket is bound; nothing of the broadcast manager, whose sockets know no address.
// Throws Error.
Address local_address(const Socket&);

// The same INET or INET6 address with another port.
Address with_port(const Address&, std::uint16_t port);

// Options that contradict each other or the address.
class UsageError : public std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

}  // namespace sock::wire
