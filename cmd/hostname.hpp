// sock hostname: flags to plan, plan to run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/commands.hpp"
#include "sock/address.hpp"

namespace sock::cmd {

struct HostnameFlags {
  bool fqdn = false;
  bool short_form = false;
  bool addresses = false;
  bool json = false;
};

struct HostnamePlan {
  enum class Show : std::uint8_t { name, fqdn, short_form, addresses };
  Show show = Show::name;
  bool json = false;
};

// Pure. Throws UsageError.
HostnamePlan plan(const HostnameFlags&);

// How far an address of this machine reaches: "host", "link" or "global" (RFC 4007, RFC 3927).
std::string_view scope_of(const Address&);

int run(const HostnamePlan&, Console&);

}  // namespace sock::cmd
