// What resolv.conf(5) says: who is asked, and for which names. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sock::cmd {

struct ResolvConf {
  std::vector<std::string> servers;  // numeric, three at most
  std::vector<std::string> search;   // domains
  unsigned dots = 1;                 // a name with as many is first taken as it is
};

// `own`: the name of this machine, whose domain is searched where the text has none. Without a
// server it is the one of this machine.
ResolvConf parse_resolv_conf(std::string_view text, std::string_view own);

// The names in full, each with a dot at its end, in the order in which the system asks for them
// until one is known.
std::vector<std::string> full_names(const ResolvConf&, std::string_view name);

}  // namespace sock::cmd
