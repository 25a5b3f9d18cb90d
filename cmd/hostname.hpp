// sock hostname: flags to plan, plan to run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cmd/commands.hpp"
#include "sock/address.hpp"
#include "sock/resolve.hpp"
#include "sock/timeout.hpp"

namespace sock::cmd {

struct HostnameFlags {
  bool fqdn = false;
  bool short_form = false;
  bool domain = false;
  bool addresses = false;
  bool json = false;
  std::optional<std::string> set = {};
  std::optional<std::string> timeout = {};
};

struct HostnamePlan {
  enum class Do : std::uint8_t { name, fqdn, short_form, domain, addresses, set };
  Do action = Do::name;
  bool json = false;
  std::string name = {};   // of Do::set
  Timeout timeout = {};    // of each look-up
  std::string limit = {};  // its name: "--timeout 2s"
};

// Pure. `default_timeout` holds where the flags have none. Throws UsageError.
HostnamePlan plan(const HostnameFlags&, Timeout default_timeout = {});

// How far an address of this machine reaches: "host", "link" or "global" (RFC 4007, RFC 3927).
std::string_view scope_of(const Address&);

// Up to the first dot; what follows it, "" without one.
std::string_view short_name_of(std::string_view name) noexcept;
std::string_view domain_of(std::string_view name) noexcept;

// How getfqdn() comes from this machine's name to `fqdn`, a line for each step. `found`: what
// gethostbyaddr() says of the name, or why it says nothing.
std::string fqdn_steps(const std::string& own, const std::variant<HostEntry, std::string>& found,
                       const std::string& fqdn);

int run(const HostnamePlan&, Console&);

}  // namespace sock::cmd
