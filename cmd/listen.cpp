#include "cmd/listen.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "cmd/accept.hpp"
#include "cmd/conversation.hpp"
#include "cmd/explain.hpp"
#include "cmd/narrator.hpp"
#include "cmd/run_command.hpp"
#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

wire::Endpoint parse_listen_address(const ListenFlags& flags) {
  if (flags.address) return wire::parse_endpoint(*flags.address, flags.port.value_or(""));
  if (!flags.port) throw UsageError("nothing to listen on: give an ADDRESS or -p PORT");
  return wire::parse_endpoint(wire::is_bare_port(*flags.port) ? *flags.port : ':' + *flags.port);
}

std::optional<io::Clock::time_point> sooner(std::optional<io::Clock::time_point> a,
                                            std::optional<io::Clock::time_point> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// A copy of one of our descriptors for one conversation: its finishing closes only the copy. A
// descriptor that is not open stays what it is.
class Copy {
 public:
  explicit Copy(int fd) noexcept : ref_(fd) {
    try {
      copy_ = dup(ref_);
      ref_ = copy_;
    } catch (const Error&) {
    }
  }
  FdRef ref() const noexcept { return ref_; }

 private:
  FdRef ref_;
  Fd copy_;
};

int serve(Session& session, const Console& console, Connection connection, const ListenPlan& plan,
          const Talk& talk) {
  if (!plan.command.empty())
    return run_command(session, console, std::move(connection), plan.command, talk);
  const auto peer = peer_channel(session, console, std::move(connection.socket), connection.peer,
                                 connection.name, talk);
  if (!plan.keep_open) return converse(session, console, *peer, talk);
  // Each peer in turn gets what is left of the input; its end is remembered by
  // the input itself, so that later peers find it empty, and only their own end counts.
  const Copy in(0), out(1);
  return converse(session, console, *peer, talk, in.ref(), out.ref());
}

}  // namespace

ListenPlan plan(const ListenFlags& flags, const std::optional<std::vector<std::string>>& command,
                Timeout default_timeout) {
  ListenPlan plan;
  plan.listen.address = parse_listen_address(flags);
  plan.listen.choice = socket_choice(flags.socket);
  plan.listen.options = socket_options(flags.socket);
  if (flags.backlog) {
    plan.listen.backlog = static_cast<int>(value_of(
        "--backlog", *flags.backlog, [](auto text) { return parse_number(text, 0, 65535); }));
  }
  plan.listen.reuse_port = flags.reuse_port;
  plan.listen.dualstack = flags.dualstack;
  plan.keep_open = flags.keep_open;
  plan.accept_timeout = limit_of("--accept-timeout", flags.accept_timeout);
  plan.limits = limits_of(flags.time, default_timeout);
  plan.listen.timeout = plan.limits.timeout;
  plan.data = data_plan(flags.data);
  plan.tls =
      tls_part(flags.tls, wire::TlsPlan::Side::server, plan.listen.address, plan.listen.choice);
  plan.command = command_of(command);
  return plan;
}

std::string listening_line(const std::vector<std::string>& names, bool every_address) {
  std::string line = "listening on ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) line += i + 1 == names.size() ? " and " : ", ";
    line += names[i];
  }
  return every_address ? line + " (every interface)" : line;
}

int run(const ListenPlan& plan, Console& console) {
  const std::optional<Tls> tls = set_up_tls(plan.tls);
  const Talk talk{
      .data = plan.data, .limits = plan.limits, .listening = true, .tls = tls ? &*tls : nullptr};
  Narrator narrator(console);
  std::optional<wire::Listener> listener(std::in_place, plan.listen, narrator);
  if (plan.keep_open && listener->datagrams())
    throw UsageError("--keep-open: datagrams have no end after which the next peer's turn comes");
  Session session;
  const std::string line = listening_line(listener->names(), listener->every_address());
  if (plan.tls && !plan.tls->plan.self_signed.empty())
    console.note("self-signed: --pin " + tls->context.fingerprint());
  console.note(line);

  const auto end =
      plan.limits.deadline ? std::optional(talk.start + *plan.limits.deadline) : std::nullopt;
  for (;;) {
    const auto patience =
        plan.accept_timeout ? std::optional(io::Clock::now() + *plan.accept_timeout) : std::nullopt;
    auto connection = next_peer(session, console, *listener, sooner(end, patience));
    if (!connection) {
      const bool run_over = end && io::Clock::now() >= *end;
      console.error(
          fmt::format("{}: timed out: nobody came within {} {}", line,
                      run_over ? "--deadline" : "--accept-timeout",
                      show_duration(run_over ? *plan.limits.deadline : *plan.accept_timeout)));
      return code(Exit::timed_out);
    }
    if (!plan.keep_open) {
      listener.reset();
      return serve(session, console, std::move(*connection), plan, talk);
    }
    try {
      serve(session, console, std::move(*connection), plan, talk);
    } catch (const Error& error) {
      console.error(explain(error));  // of this peer; the next may fare better
    }
  }
}

Run set_up_listen(Options& options) {
  const auto flags = std::make_shared<ListenFlags>();
  options.add_option("ADDRESS", &flags->address,
                     "PORT, HOST:PORT, udp:PORT, /path or unix:PATH, vsock:any:PORT, fd:N; "
                     "see sock-address(7)");
  const char* group = "Listening";
  options
      .add_option("-p,--port", &flags->port,
                  "Port, a number or a service; 0 lets the system choose")
      .type_name("PORT")
      .group(group);
  options
      .add_flag("-k,--keep-open", &flags->keep_open, "After one peer take the next, until a signal")
      .group(group);
  options
      .add_option("--accept-timeout", &flags->accept_timeout,
                  "Give up when nobody has come within this time")
      .type_name("TIME")
      .group(group);
  options.add_option("--backlog", &flags->backlog, "How many connections may wait to be taken")
      .type_name("N")
      .group(group);
  options.add_flag("--reuse-port", &flags->reuse_port, "Share the port with others that do so")
      .group(group);
  options
      .add_flag("--dualstack", &flags->dualstack,
                "One IPv6 socket that takes IPv4 as well, instead of two sockets")
      .group(group);
  add_socket_flags(options, flags->socket);
  add_time_flags(options, flags->time,
                 "Give up looking ADDRESS up, or on a handshake of TLS, after this time");
  add_data_flags(options, flags->data);
  add_tls_flags(options, flags->tls, wire::TlsPlan::Side::server);
  options.examples(
      "  sock listen -p 8080 > file\n"
      "  sock listen 127.0.0.1:8080 --accept-timeout 30s < file\n"
      "  sock listen --tls --cert chain.pem --key key.pem -p 8443 > file\n"
      "  sock listen -k /run/app.sock -- ./server\n"
      "  sock listen udp:5353 --idle-timeout 10s\n");
  return [flags](const Invocation& with) {
    return run(plan(*flags, with.command, getdefaulttimeout()), with.console);
  };
}

}  // namespace sock::cmd
