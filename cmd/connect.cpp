#include "cmd/connect.hpp"

#include <algorithm>
#include <memory>

#include "cmd/conversation.hpp"
#include "cmd/narrator.hpp"
#include "cmd/run_command.hpp"
#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

// The attempt must not outlive the run.
Timeout attempt_timeout(const Limits& limits) {
  if (!limits.deadline) return limits.timeout;
  const auto timeout = limits.timeout.value();
  return timeout ? std::min(*timeout, *limits.deadline) : *limits.deadline;
}

}  // namespace

ConnectPlan plan(const ConnectFlags& flags, const std::optional<std::vector<std::string>>& command,
                 Timeout default_timeout) {
  ConnectPlan plan;
  plan.dial.target = wire::parse_endpoint(flags.address, flags.port.value_or(""));
  plan.dial.choice = socket_choice(flags.socket);
  if (flags.source) plan.dial.source = wire::parse_source(*flags.source);
  plan.dial.options = socket_options(flags.socket);
  plan.limits = limits_of(flags.time, default_timeout);
  plan.dial.timeout = attempt_timeout(plan.limits);
  plan.data = data_plan(flags.data);
  plan.tls = tls_part(flags.tls, wire::TlsPlan::Side::client, plan.dial.target, plan.dial.choice);
  plan.command = command_of(command);
  return plan;
}

int run(const ConnectPlan& plan, Console& console) {
  const std::optional<Tls> tls = set_up_tls(plan.tls);
  const Talk talk{.data = plan.data, .limits = plan.limits, .tls = tls ? &*tls : nullptr};
  Narrator narrator(console);
  wire::Dialed dialed = wire::dial(plan.dial, narrator);
  Session session;
  if (!plan.command.empty())
    return run_command(session, console, {std::move(dialed.socket), dialed.peer, dialed.name},
                       plan.command, talk);
  // It is connected: the kernel knows the peer of datagrams, too.
  const auto peer =
      peer_channel(session, console, std::move(dialed.socket), Address(), dialed.name, talk);
  return converse(session, console, *peer, talk);
}

Run set_up_connect(Options& options) {
  const auto flags = std::make_shared<ConnectFlags>();
  options
      .add_option("ADDRESS", &flags->address,
                  "HOST:PORT, HOST PORT, udp:HOST:PORT, /path or unix:PATH, vsock:CID:PORT, fd:N; "
                  "see sock-address(7)")
      .required();
  options.add_option("PORT", &flags->port, "Number or name of a service, where ADDRESS has none");
  add_socket_flags(options, flags->socket);
  options.add_option("--source", &flags->source, "Connect from this ADDRESS of this machine")
      .type_name("ADDRESS")
      .group("Which socket");
  add_time_flags(options, flags->time, "Give up connecting after this time, names, TLS and all");
  add_data_flags(options, flags->data);
  add_tls_flags(options, flags->tls, wire::TlsPlan::Side::client);
  options.examples(
      "  sock connect example.com 80 < request > answer\n"
      "  sock connect --timeout 5s [2001:db8::1]:22\n"
      "  sock connect -u --linger 1s 192.0.2.1:123 < query\n"
      "  sock connect tls:example.com:443 < request > answer\n"
      "  sock connect /run/app.sock -- ./client\n");
  return [flags](const Invocation& with) {
    return run(plan(*flags, with.command, getdefaulttimeout()), with.console);
  };
}

}  // namespace sock::cmd
