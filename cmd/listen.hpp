// sock listen: flags to plan, plan to run.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cmd/commands.hpp"
#include "cmd/flags_data.hpp"
#include "cmd/flags_socket.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/flags_tls.hpp"
#include "wire/listener.hpp"

namespace sock::cmd {

struct ListenFlags {
  std::optional<std::string> address, port, backlog, accept_timeout;
  bool keep_open = false;
  bool reuse_port = false;
  bool dualstack = false;
  SocketFlags socket;
  TimeFlags time;
  DataFlags data;
  TlsFlags tls;
};

struct ListenPlan {
  wire::ListenPlan listen;
  bool keep_open = false;  // one peer after the other
  std::optional<std::chrono::nanoseconds> accept_timeout;
  Limits limits;
  DataPlan data;
  std::optional<TlsPart> tls;
  std::vector<std::string> command;  // empty: standard input and output
};

// Pure. `default_timeout` holds where the flags have none. Throws UsageError, EndpointError.
ListenPlan plan(const ListenFlags&, const std::optional<std::vector<std::string>>& command,
                Timeout default_timeout);

// "listening on [::]:8080 and 0.0.0.0:8080 (every interface)"
std::string listening_line(const std::vector<std::string>& names, bool every_address);

int run(const ListenPlan&, Console&);

}  // namespace sock::cmd
