// sock listen: flags to plan, plan to run.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/commands.hpp"
#include "cmd/flags_data.hpp"
#include "cmd/flags_proxy.hpp"
#include "cmd/flags_sandbox.hpp"
#include "cmd/flags_serve.hpp"
#include "cmd/flags_show.hpp"
#include "cmd/flags_socket.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/flags_tls.hpp"
#include "cmd/ready.hpp"
#include "serve/access.hpp"
#include "serve/limits.hpp"
#include "serve/proxies.hpp"
#include "wire/listener.hpp"

namespace sock::cmd {

// What a peer gets: one of them, or standard input and output, or a command.
struct ModeFlags {
  bool echo = false;
  bool discard = false;
  bool broker = false;
  bool chat = false;
  std::optional<std::string> send, to;
};

struct ListenFlags {
  std::vector<std::string> addresses;
  std::optional<std::string> port, backlog, accept_timeout, mode, drain;
  std::optional<std::string> max_conns, max_per_peer, max_total, access, ready_fd, ready_file;
  std::optional<std::string> workers;
  std::optional<std::string> proxy_protocol;
  std::vector<std::string> allow, deny;
  bool keep_open = false;
  bool reuse_port = false;
  bool dualstack = false;
  bool activated = false;
  ModeFlags modes;
  ProxyFlags proxy;  // on the way to modes.to
  ServeFlags serve;
  SocketFlags socket;
  TimeFlags time;
  DataFlags data;
  ShowFlags show;
  SandboxFlags sandbox;
  TlsFlags tls;
  TlsFlags to_tls{.prefix = onward_prefix};
};

enum class Mode : std::uint8_t {
  stdio,
  command,
  echo,
  discard,
  send,
  forward,
  broker,
  chat,
  proxy
};

struct ListenPlan {
  std::vector<wire::ListenPlan> listen;  // empty: the sockets that were passed on (activated)
  wire::ListenPlan activated;            // what holds for each of those
  Mode mode = Mode::stdio;
  std::vector<std::string> command;  // of Mode::command
  Timeout socket_mode;               // of the one that it gets
  std::string file;                  // of Mode::send
  std::optional<wire::DialPlan> to;  // of Mode::forward
  std::optional<TlsPart> to_tls;     // spoken with it
  std::optional<ServePlan> proxy;    // of Mode::proxy
  bool keep_open = false;
  std::size_t workers = 1;  // threads
  serve::Limits peers;
  std::vector<serve::Rule> rules;
  serve::Proxies proxies;
  std::string access_file;
  ReadyPlan ready;
  std::chrono::nanoseconds drain = std::chrono::seconds(10);
  std::optional<std::chrono::nanoseconds> accept_timeout;
  Limits limits;
  DataPlan data;
  ShowPlan show;
  SandboxMode sandbox = SandboxMode::on;
  std::optional<TlsPart> tls;

  // For a handshake with one of many, and for the header of a proxy.
  std::chrono::nanoseconds patience() const {
    return limits.timeout.value().value_or(std::chrono::seconds(10));
  }
  // Its name: "--timeout 5s".
  std::string patience_name() const;
  // One peer that talks to us or to a command is not served, but conversed with.
  bool serves() const noexcept {
    return keep_open || (mode != Mode::stdio && mode != Mode::command);
  }
};

// Pure. `default_timeout` holds where the flags have none. Throws UsageError, EndpointError.
ListenPlan plan(const ListenFlags&, const std::optional<std::vector<std::string>>& command,
                Timeout default_timeout);

// "listening on [::]:8080 and 0.0.0.0:8080 (every interface)"
std::string listening_line(const std::vector<std::string>& names, bool every_address);

int run(const ListenPlan&, Console&);

}  // namespace sock::cmd
