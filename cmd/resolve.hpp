// sock resolve: flags to plan, plan to run.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/commands.hpp"
#include "sock/resolve.hpp"
#include "sock/timeout.hpp"

namespace sock::cmd {

struct ResolveFlags {
  std::vector<std::string> names;
  bool ipv4 = false, ipv6 = false;
  std::optional<std::string> type;
  bool all = false, passive = false, canonical = false;
  std::vector<std::string> flags;
  bool hostbyname = false, reverse = false, check = false;
  bool compare = false, fqdn = false, service = false, protocol_number = false;
  bool long_form = false, json = false, python = false;
  bool watch = false;
  std::optional<std::string> count, interval, jobs, timeout, wait;
};

struct ResolvePlan {
  enum class Ask : std::uint8_t {
    addresses,
    compare,
    hostbyname,
    reverse,
    fqdn,
    service,
    protocol
  };
  enum class Show : std::uint8_t { plain, table, json, python };
  struct Name {
    std::string host;  // "" where only a service is asked for
    std::optional<std::string> service = {};
    bool operator==(const Name&) const = default;
  };
  Ask ask = Ask::addresses;
  Show show = Show::plain;
  int family = 0, type = 0, flags = 0;  // of getaddrinfo()
  bool each_type = false;               // an address once for each type of socket
  bool check = false;                   // of Ask::reverse: the name must lead back
  std::vector<Name> names;
  std::optional<std::size_t> input_at = {};  // before which of them those of standard input come
  unsigned jobs = 1;
  std::optional<unsigned> count = {};  // look-ups of each name, timed
  bool watch = false;
  std::chrono::nanoseconds interval{0};               // between look-ups of one name
  std::optional<std::chrono::nanoseconds> wait = {};  // for each name to be found
  Timeout timeout;                                    // of each look-up
  std::string limit = {};                             // its name: "--timeout 2s"
};

// Pure. `default_timeout` holds where the flags have none. Throws UsageError.
ResolvePlan plan(const ResolveFlags&, Timeout default_timeout);

// "host", "host:service", "[::1]:80", "::1"; of addresses also ":80", which has no host. A service
// or protocol that is asked for is its text as it stands. A transport ("udp:host") is refused, as
// what is no port is. Throws UsageError.
ResolvePlan::Name parse_question(ResolvePlan::Ask, std::string_view);

// Each address once, the first of its kinds, in order.
std::vector<AddressInfo> each_once(std::vector<AddressInfo>);

// The code of the worst name.
int run(const ResolvePlan&, Console&);

}  // namespace sock::cmd
