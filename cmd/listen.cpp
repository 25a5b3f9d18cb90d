#include "cmd/listen.hpp"

#include <memory>

#include "cmd/exit.hpp"
#include "cmd/explain.hpp"
#include "cmd/limit_passed.hpp"
#include "cmd/listen_many.hpp"
#include "cmd/listen_once.hpp"
#include "cmd/listeners.hpp"
#include "cmd/port_holder.hpp"
#include "cmd/proxy_secrets.hpp"
#include "cmd/show.hpp"
#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

void add_mode_flags(Options& options, ModeFlags& flags) {
  const char* group = "What a peer gets";
  options.add_flag("--echo", &flags.echo, "What it sends comes back").group(group);
  options.add_flag("--discard", &flags.discard, "What it sends is dropped").group(group);
  options.add_option("--send", &flags.send, "This file").type_name("FILE").group(group);
  options
      .add_option("--to", &flags.to, "A connection to ADDRESS: everything is forwarded both ways")
      .type_name("ADDRESS")
      .group(group);
  options.add_flag("--broker", &flags.broker, "What all the others send (with -k)").group(group);
  options.add_flag("--chat", &flags.chat, "Lines of all the others, with their names (with -k)")
      .group(group);
}

void add_peer_flags(Options& options, ListenFlags& flags) {
  const char* group = "Which peers";
  options
      .add_option("--max-conns", &flags.max_conns, "Serve so many at a time; others wait (with -k)")
      .type_name("N")
      .group(group);
  options
      .add_option("--max-per-peer", &flags.max_per_peer,
                  "Serve so many of one host; others of it are closed at once (with -k)")
      .type_name("N")
      .group(group);
  options.add_option("--max-total", &flags.max_total, "End after so many (with -k)")
      .type_name("N")
      .group(group);
  const auto add_rule = [&](const char* name, std::vector<std::string>& rules, const char* help) {
    options.add_option(name, &rules, help).type_name("WHO").group(group);
  };
  add_rule("--allow", flags.allow,
           "Serve only these: a network (10.0.0.0/8), an address, a name, all; may be repeated");
  add_rule("--deny", flags.deny, "Close connections of these at once; may be repeated");
  options
      .add_option("--access", &flags.access,
                  "Lines 'allow WHO...' and 'deny WHO...'; read again when it changes (with -k)")
      .type_name("FILE")
      .group(group);
  options
      .add_option("--proxy-protocol", &flags.proxy_protocol,
                  "Connections come from a proxy and begin with a PROXY header: all, or those of "
                  "accept=NETWORK,...; its client is the peer")
      .type_name("require|accept=NETWORK,...")
      .group(group);
}

void add_listening_flags(Options& options, ListenFlags& flags) {
  const char* group = "Listening";
  options
      .add_option("-p,--port", &flags.port, "Port, a number or a service; 0 lets the system choose")
      .type_name("PORT")
      .group(group);
  options
      .add_flag("-k,--keep-open", &flags.keep_open,
                "Serve one peer after the other, and many at once")
      .group(group);
  options
      .add_option("--accept-timeout", &flags.accept_timeout,
                  "Give up when nobody has come within this time")
      .type_name("TIME")
      .group(group);
  options
      .add_option("--drain", &flags.drain,
                  "After SIGTERM let those who are served finish for this time; default 10s "
                  "(with -k)")
      .type_name("TIME")
      .group(group);
  options
      .add_option("--workers", &flags.workers,
                  "Serve in so many threads, which share the limits (with -k)")
      .type_name("N")
      .group(group);
  options
      .add_option("--ready-fd", &flags.ready_fd,
                  "Write the addresses to this descriptor once it listens, and close it")
      .type_name("N")
      .group(group);
  options.add_option("--ready-file", &flags.ready_file, "Make this file, with the addresses in it")
      .type_name("FILE")
      .group(group);
  options
      .add_flag("--activated", &flags.activated, "The sockets that systemd passed on (LISTEN_FDS)")
      .group(group);
  options.add_option("--mode", &flags.mode, "Permissions of a Unix socket's file, in octal")
      .type_name("MODE")
      .group(group);
  options.add_option("--backlog", &flags.backlog, "How many connections may wait to be taken")
      .type_name("N")
      .group(group);
  options.add_flag("--reuse-port", &flags.reuse_port, "Share the port with others that do so")
      .group(group);
  options
      .add_flag("--dualstack,!--no-dualstack", &flags.dualstack,
                "One IPv6 socket that takes IPv4 as well, or two sockets; default two")
      .group(group);
}

}  // namespace

std::string listening_line(const std::vector<std::string>& names, bool every_address) {
  std::string line = "listening on ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) line += i + 1 == names.size() ? " and " : ", ";
    line += names[i];
  }
  return every_address ? line + " (every interface)" : line;
}

std::string ListenPlan::patience_name() const {
  const std::string time = show_duration(patience());
  return limits.timeout.value() ? std::string(limits.timeout_name) + ' ' + time
                                : time + " (see --timeout)";
}

int run(const ListenPlan& plan, Console& console) {
  const auto start = io::Clock::now();
  Show show(plan.show, console);
  show.call_limit(plan.patience_name());
  std::vector<wire::Listener> listeners;
  try {
    listeners = within(plan.patience_name(), [&] { return open_listeners(plan, show); });
  } catch (const Error& error) {
    const std::string holder = port_holder(error);
    if (holder.empty()) throw;
    return console.failed(exit_of(error), explain(error) + "; " + holder);
  }
  const auto listen = plan.serves() ? listen_many : listen_once;
  return listen(plan, console, show, std::move(listeners), start);
}

Run set_up_listen(Options& options) {
  const auto flags = std::make_shared<ListenFlags>();
  options.add_option("ADDRESS", &flags->addresses,
                     "PORT, HOST:PORT, HOST PORT, udp:PORT, /path or unix:PATH, vsock:any:PORT, "
                     "fd:N; several may be given; see sock-address(7)");
  add_listening_flags(options, *flags);
  add_mode_flags(options, flags->modes);
  add_serve_flags(options, flags->serve);
  add_peer_flags(options, *flags);
  add_proxy_flags(options, flags->proxy);
  add_socket_flags(options, flags->socket);
  add_time_flags(
      options, flags->time,
      "Give up looking ADDRESS up, or on a handshake of TLS or a PROXY header, after this "
      "time");
  add_data_flags(options, flags->data);
  add_tls_flags(options, flags->tls, wire::TlsPlan::Side::server);
  add_tls_flags(options, flags->to_tls, wire::TlsPlan::Side::client);
  add_show_flags(options, flags->show);
  add_sandbox_flags(options, flags->sandbox);
  options.examples(
      "  sock listen -p 8080 > file\n"
      "  sock listen 127.0.0.1:8080 --accept-timeout 30s < file\n"
      "  sock listen --tls --cert chain.pem --key key.pem -p 8443 > file\n"
      "  sock listen -k /run/app.sock -- ./server\n"
      "  sock listen -k --tls --cert chain.pem -p 8443 --to 127.0.0.1:8080\n"
      "  sock listen -k -p 8080 --to app.internal:80 --allow 10.0.0.0/8\n"
      "  sock listen -k udp:5353 --echo\n");
  return [flags](const Invocation& with) {
    take_proxy_environment(flags->proxy);
    ListenPlan listen = plan(*flags, with.command, getdefaulttimeout());
    if (listen.to && goes_through(listen.to->proxy, listen.to->target, listen.to->choice))
      supply_passwords(listen.to->proxy, flags->proxy.password_file);
    return run(listen, with.console);
  };
}

}  // namespace sock::cmd
