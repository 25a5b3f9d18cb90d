// Options of a proxy server.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/options.hpp"
#include "serve/destinations.hpp"
#include "serve/proxy_handshake.hpp"

namespace sock::cmd {

struct ServeFlags {
  std::optional<std::string> serve, auth;
  std::vector<std::string> allow_to, deny_to;
};

struct ServePlan {
  serve::ProxyProtocol protocol = serve::ProxyProtocol::socks5;
  std::string auth;  // the file with the logins; "" where nobody has to log in
  std::vector<serve::Destinations::Rule> rules;
};

void add_serve_flags(Options&, ServeFlags&);

// Pure. None where no proxy is asked for. Throws UsageError.
std::optional<ServePlan> serve_plan(const ServeFlags&);

}  // namespace sock::cmd
