// Options about the proxies on the way.
#pragma once

#include <optional>
#include <string>

#include "cmd/options.hpp"
#include "wire/announcement.hpp"
#include "wire/proxy.hpp"

namespace sock::cmd {

struct ProxyFlags {
  std::optional<std::string> proxy = {}, password_file = {};
  std::optional<std::string> announcement = {};  // connect
  bool pass_fd = false;                          // connect
  // ALL_PROXY and NO_PROXY, for --proxy env: not an option, but read by whoever makes the plan.
  std::optional<std::string> all_proxy = {}, no_proxy = {};
};

void add_proxy_flags(Options&, ProxyFlags&);
// Those of a connection that is made for somebody else.
void add_connection_flags(Options&, ProxyFlags&);

// Pure. Throws UsageError, also for a password on the command line.
wire::ProxyPlan proxy_plan(const ProxyFlags&);

// "v1", "v2", "v2=192.0.2.1:5000,192.0.2.2:80". Pure. Throws UsageError.
std::optional<wire::Announcement> announcement_of(const ProxyFlags&);

}  // namespace sock::cmd
