// sock resolve: flags to plan, plan to run.
#pragma once

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
  bool long_form = false;
  bool json = false;
  bool ipv4 = false;
  bool ipv6 = false;
  bool hostbyname = false;
  bool reverse = false;
  std::optional<std::string> timeout;
};

struct ResolvePlan {
  enum class Ask : std::uint8_t { addresses, hostbyname, reverse };
  enum class Show : std::uint8_t { plain, table, json };
  struct Name {
    std::string host;
    std::optional<std::string> service;
    bool operator==(const Name&) const = default;
  };
  Ask ask = Ask::addresses;
  Show show = Show::plain;
  int family = 0;
  std::vector<Name> names;
  Timeout timeout;  // of each name
};

// Pure. `default_timeout` holds where the flags have none. Throws UsageError.
ResolvePlan plan(const ResolveFlags&, Timeout default_timeout);

// "host", "host:service", "[::1]:80", "::1". Throws UsageError.
ResolvePlan::Name parse_name_and_service(std::string_view);

// Each address once, the first of its kinds, in order.
std::vector<AddressInfo> each_once(std::vector<AddressInfo>);

// The code of the worst name.
int run(const ResolvePlan&, Console&);

}  // namespace sock::cmd
