// From an endpoint to the sockets that could reach it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sock/address.hpp"
#include "sock/timeout.hpp"
#include "wire/endpoint.hpp"

namespace sock::wire {

// What the command line adds to an endpoint.
struct SocketChoice {
  std::optional<int> family;    // -4, -6, --family: of names
  std::optional<int> type;      // --type
  std::optional<int> protocol;  // --protocol
  bool udp = false;             // --udp: datagrams instead of a stream
  bool operator==(const SocketChoice&) const = default;
};

struct Candidate {
  int family, type, protocol;
  Address address;
  std::string text;  // the address as it is shown, "udp:" included
};

enum class Purpose { connect, listen };

// In the order in which they are to be tried. To listen on every address gives the IPv6 wildcard,
// then the IPv4 one. Throws gaierror, TimeoutError, and UsageError for choices that cannot go
// together (a Unix endpoint with -6).
std::vector<Candidate> candidates(const Endpoint&, const SocketChoice&, Purpose, const Deadline&);

// Options that contradict each other or the address.
class UsageError : public std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

}  // namespace sock::wire
