// sock resolve --compare: does every name server say what getaddrinfo() says?
#pragma once

#include <string>
#include <vector>

#include "cmd/resolv_conf.hpp"
#include "cmd/resolve_ask.hpp"
#include "cmd/resolve_tries.hpp"
#include "sock/address.hpp"

namespace sock::cmd {

// Those of /etc/resolv.conf, as it is read now.
struct NameServers {
  struct One {
    std::string text;
    Address address;  // empty where the text is none
  };
  std::vector<One> all;
  ResolvConf conf;
};
NameServers read_name_servers();

// Asks the system and, at the same time, each server; all of them within the plan's timeout. The
// exit code is that of the system's answer.
Outcome compare(const ResolvePlan&, const ResolvePlan::Name&, const Resolver&, const NameServers&);

}  // namespace sock::cmd
