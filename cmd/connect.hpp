// sock connect: flags to plan, plan to run.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cmd/commands.hpp"
#include "cmd/flags_data.hpp"
#include "cmd/flags_dial.hpp"
#include "cmd/flags_probe.hpp"
#include "cmd/flags_proxy.hpp"
#include "cmd/flags_sandbox.hpp"
#include "cmd/flags_show.hpp"
#include "cmd/flags_socket.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/flags_tls.hpp"
#include "wire/dial.hpp"

namespace sock::cmd {

struct ConnectFlags {
  std::string address;
  std::optional<std::string> port;
  SocketFlags socket;
  DialFlags dial;
  ProxyFlags proxy;
  TimeFlags time;
  DataFlags data;
  ProbeFlags probe;
  ShowFlags show;
  SandboxFlags sandbox;
  TlsFlags tls;
};

struct ConnectPlan {
  wire::DialPlan dial;
  std::string attempt_limit;  // which one the dial's timeout is: "--deadline 5s"; "": there is none
  Limits limits;
  DataPlan data;
  std::optional<std::chrono::nanoseconds> wait;  // of all tries to connect
  bool reconnect = false;
  ShowPlan show;
  SandboxMode sandbox = SandboxMode::on;
  std::optional<TlsPart> tls;
  bool pass_fd = false;
  std::vector<std::string> command;  // empty: standard input and output
  Timeout socket_mode;               // of the one that it gets
};

// Pure. `default_timeout` holds where the flags have none. Throws UsageError, EndpointError.
ConnectPlan plan(const ConnectFlags&, const std::optional<std::vector<std::string>>& command,
                 Timeout default_timeout);

int run(const ConnectPlan&, Console&);

}  // namespace sock::cmd
