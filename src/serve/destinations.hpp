// Where the clients of a proxy may be connected to. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "serve/access.hpp"
#include "sock/address.hpp"

namespace sock::serve {

struct PortRange {
  std::uint16_t first = 0, last = 65535;
  bool contains(std::uint16_t port) const noexcept { return first <= port && port <= last; }
  bool operator==(const PortRange&) const = default;
};

struct Destination {
  std::optional<Network> network;
  std::string name;  // in lower case; begins with "." where names below it are meant as well
  PortRange ports;
  // Every host, where it has neither.
  bool every_host() const noexcept { return !network && name.empty(); }
};

// HOST, HOST:PORT, HOST:FIRST-LAST or :PORT, HOST a network, an address, a name, ".example.com"
// (and all names below it) or "all"; IPv6 before a port stands in brackets. Throws
// std::invalid_argument.
Destination parse_destination(std::string_view);

// A rule about a network goes before one about a name, so that no name leads to where addresses are
// denied; a name goes before every host. Among those of a kind the most specific decides, then the
// one with fewer ports, then the one that denies. Where none matches everything may be reached,
// unless there is a rule that allows: then only what is allowed.
// `closed` are networks that a rule has to name, or one in them, to allow them.
class Destinations {
 public:
  struct Rule {
    bool allow;
    Destination what;
  };

  Destinations() = default;  // all of them
  explicit Destinations(std::vector<Rule>);

  // Could any address of this name be allowed? Nobody has to be asked for it otherwise.
  bool may_lead(std::string_view name, std::uint16_t port) const;
  // `name`: by which it was asked for, "" where by its address.
  bool allows(std::string_view name, const Address&, const std::vector<Network>& closed = {}) const;

 private:
  // Those that decide, first come first; null: none.
  const Rule* about_name(std::string_view name, std::uint16_t port) const;
  const Rule* about_network(const IpBytes&, std::uint16_t port) const;
  const Rule* about_every_host(std::uint16_t port) const;

  std::vector<Rule> rules_;  // the most specific first
  bool only_allowed_ = false;
};

// What a client asked for is not to be reached. what() is whole.
class NotAllowed : public std::runtime_error {
 public:
  explicit NotAllowed(const std::string& destination)
      : std::runtime_error(destination + ": not allowed") {}
};

// What only this machine can reach, or its neighbours: loopback, link-local, unspecified,
// multicast.
const std::vector<Network>& networks_of_this_machine();

}  // namespace sock::serve
