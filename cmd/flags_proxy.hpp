// Options about the proxies on the way.
#pragma once

#include <optional>
#include <string>

#include "cmd/options.hpp"
#include "wire/endpoint.hpp"
#include "wire/proxy.hpp"

namespace sock::cmd {

struct ProxyFlags {
  std::optional<std::string> proxy, password_file;
  // ALL_PROXY and NO_PROXY, for --proxy env: not an option, but read by whoever makes the plan.
  std::optional<std::string> all_proxy, no_proxy;
};

void add_proxy_flags(Options&, ProxyFlags&);

// Pure. Throws UsageError, also for a password on the command line.
wire::ProxyPlan proxy_plan(const ProxyFlags&);

}  // namespace sock::cmd
