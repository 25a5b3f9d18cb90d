#include "cmd/connect.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <memory>
#include <variant>

#include "cmd/conversation.hpp"
#include "cmd/framing.hpp"
#include "cmd/limit_passed.hpp"
#include "cmd/pass_fd.hpp"
#include "cmd/probe.hpp"
#include "cmd/proxy_secrets.hpp"
#include "cmd/reconnect.hpp"
#include "cmd/run_command.hpp"
#include "cmd/sandbox.hpp"
#include "cmd/values.hpp"
#include "cmd/waiting.hpp"
#include "wire/group.hpp"

namespace sock::cmd {
namespace {

// The attempt must not outlive the run. One of many has a limit where none is given.
void set_attempt_limit(ConnectPlan& plan, bool repeats) {
  auto limit = attempt_limit(plan.limits);
  if (repeats && !plan.limits.timeout.value() && (!limit || limit->time > each_try))
    limit = {each_try, "the " + show_duration(each_try) + " that each attempt has"};
  if (!limit) return;
  plan.dial.timeout = limit->time;
  plan.attempt_limit = std::move(limit->name);
}

bool sends_datagrams(const wire::DialPlan& plan) noexcept {
  return sends_datagrams(plan.target, plan.choice);
}

// Whoever gets the socket does all that is done with it.
void refuse_talk(const ConnectPlan& plan) {
  if (!plan.command.empty())
    throw UsageError("--pass-fd and '-- COMMAND': one of them can have it");
  if (plan.tls) throw UsageError("--pass-fd: it is the socket that is passed, and speaks no TLS");
  if (plan.reconnect) throw UsageError("--pass-fd and --reconnect: what is passed is not kept");
  if (needs_relay(plan.data, plan.limits) || plan.show.progress || plan.show.dump ||
      plan.show.record_in || plan.show.record_out)
    throw UsageError("--pass-fd: nothing is sent or received here, so no option says how");
}

}  // namespace

ConnectPlan plan(const ConnectFlags& flags, const std::optional<std::vector<std::string>>& command,
                 Timeout default_timeout) {
  ConnectPlan plan;
  plan.dial.target = wire::parse_endpoint(flags.address, flags.port.value_or(""));
  plan.dial.choice = socket_choice(flags.socket);
  refuse_contradiction(flags.address, plan.dial.choice);
  plan.dial.options = socket_options(flags.socket, plan.dial.target);
  add_to_plan(flags.dial, plan.dial);
  plan.dial.proxy = proxy_plan(flags.proxy);
  plan.dial.announcement = announcement_of(flags.proxy);
  const bool proxied = goes_through(plan.dial.proxy, plan.dial.target, plan.dial.choice);
  plan.limits = limits_of(flags.time, default_timeout);
  plan.wait = limit_of("--wait", flags.dial.wait);
  plan.reconnect = flags.dial.reconnect;
  set_attempt_limit(plan, plan.wait || plan.reconnect);
  if (sends_datagrams(plan.dial))
    plan.dial.options.insert(plan.dial.options.begin(), wire::broadcast_permission());
  plan.data = data_plan(flags.data);
  plan.show = show_plan(flags.show);
  plan.sandbox = sandbox_mode(flags.sandbox);
  plan.tls = tls_part(flags.tls, wire::TlsPlan::Side::client, plan.dial.target, plan.dial.choice);
  if (plan.tls) plan.tls->plan.kernel = kernel_may_encrypt(plan.data);
  plan.command = command_of(command);
  plan.socket_mode = socket_mode(flags.socket, plan.command);
  if (plan.tls && sends_datagrams(plan.dial) && (proxied || plan.dial.announcement))
    throw UsageError("--tls: over UDP it goes neither through a proxy nor behind headers");
  if (plan.reconnect && !plan.command.empty())
    throw UsageError("--reconnect and '-- COMMAND': a command has one connection");
  if (plan.reconnect && plan.tls)
    throw UsageError("--reconnect: TLS does not tell what of its last bytes has arrived");
  if (plan.reconnect && std::holds_alternative<wire::FdEndpoint>(plan.dial.target))
    throw UsageError("--reconnect: an inherited socket cannot be connected again");
  plan.pass_fd = flags.proxy.pass_fd;
  if (plan.pass_fd) refuse_talk(plan);
  return plan;
}

int run(const ConnectPlan& plan, Console& console) {
  if (plan.pass_fd) check_taker();
  Show show(plan.show, console);
  const std::optional<Tls> tls = set_up_tls(plan.tls);
  Talk talk{.data = plan.data,
            .limits = plan.limits,
            .show = &show,
            .socket_mode = plan.socket_mode,
            .tls = tls ? &*tls : nullptr};
  const auto until = [&](io::Clock::time_point now) {
    return try_until(plan.wait, plan.limits.deadline, talk.start, now);
  };
  std::optional<Session> session;
  if (plan.wait) session.emplace();
  wire::Reached reached = within(plan.attempt_limit, [&] {
    return plan.wait ? *reach_until(*session, plan.dial, tls, until(talk.start), show)
                     : wire::Reached{wire::dial(plan.dial, show)};
  });
  wire::Dialed& dialed = reached.dialed;
  if (sends_datagrams(plan.dial) && !dialed.wrapping && wire::reaches_many(dialed.peer)) {
    if (plan.tls) throw UsageError("--tls: it is spoken with one peer, not with a group");
    wire::take_from_everybody(dialed.socket);
    talk.data.from_everybody = true;
  }
  if (plan.wait) talk.attempt = io::Clock::now();
  if (!session) session.emplace();
  if (plan.command.empty()) talk.data = framed_for(dialed.socket, std::move(talk.data));
  std::unique_ptr<io::Channel> local;
  if (plan.command.empty() && !plan.pass_fd) local = io::stdio_channel(FdRef(0), FdRef(1));
  if (plan.reconnect) {
    enter_sandbox(plan.sandbox, grants_of(plan), console);
    return converse_on(*session, console, std::move(local), std::move(dialed),
                       {plan.dial, until, show}, talk);
  }
  Connection connection{.socket = std::move(dialed.socket),
                        .peer = dialed.peer,
                        .name = dialed.name,
                        .secured = std::move(reached.secured),
                        .wrapping = std::move(dialed.wrapping)};
  if (connection.secured) connection.local = reached.local;
  if (plan.pass_fd) return pass_on(connection);
  if (!plan.command.empty()) {
    stay_out_of_sandbox(console);
    return run_command(*session, console, std::move(connection), plan.command, talk);
  }
  // Where it is connected the kernel knows the peer of datagrams, too; one-to-many sockets of SCTP
  // never are.
  const bool named = talk.data.from_everybody || connection.socket.proto() == IPPROTO_SCTP;
  if (!named) connection.peer = {};
  const bool handshake_reads = plan.tls && !connection.secured && reads_trust(plan.tls->plan);
  if (!handshake_reads) enter_sandbox(plan.sandbox, grants_of(plan), console);
  const auto peer = peer_channel(*session, std::move(connection), talk);
  if (handshake_reads) enter_sandbox(plan.sandbox, grants_of(plan), console);
  return converse(*session, console, *local, *peer, talk);
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
  add_dial_flags(options, flags->dial);
  add_proxy_flags(options, flags->proxy);
  add_connection_flags(options, flags->proxy);
  add_time_flags(options, flags->time, "Give up connecting after this time, names, TLS and all");
  add_data_flags(options, flags->data);
  add_tls_flags(options, flags->tls, wire::TlsPlan::Side::client);
  add_show_flags(options, flags->show);
  add_sandbox_flags(options, flags->sandbox);
  add_probe_flags(options, flags->probe);
  options.examples(
      "  sock connect example.com 80 < request > answer\n"
      "  sock connect --timeout 5s [2001:db8::1]:22\n"
      "  sock connect -u --linger 1s 192.0.2.1:123 < query\n"
      "  sock connect tls:example.com:443 < request > answer\n"
      "  sock connect --progress there 7000 < file\n"
      "  sock connect --proxy socks5h://me@proxy:1080 example.com:80\n"
      "  sock connect /run/app.sock -- ./client\n"
      "  sock connect -z 192.0.2.1:22,80,8000-8010\n"
      "  sock connect -z --wait 30s db:5432 unix:/run/app.sock -- ./start\n");
  return [flags](const Invocation& with) {
    take_proxy_environment(flags->proxy);
    if (!is_empty(flags->probe)) {
      ProbePlan probe = probe_plan(*flags, with.command, getdefaulttimeout());
      supply_passwords(probe.task.dial.proxy, flags->proxy.password_file);
      return run(probe, with.console);
    }
    ConnectPlan connect = plan(*flags, with.command, getdefaulttimeout());
    wire::DialPlan& dial = connect.dial;
    if (goes_through(dial.proxy, dial.target, dial.choice))
      supply_passwords(dial.proxy, flags->proxy.password_file);
    return run(connect, with.console);
  };
}

}  // namespace sock::cmd
