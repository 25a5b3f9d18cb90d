#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "cmd/address_words.hpp"
#include "cmd/listen.hpp"
#include "cmd/listen_data.hpp"
#include "cmd/run_command.hpp"
#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

std::vector<wire::Endpoint> parse_listen_addresses(const ListenFlags& flags) {
  if (flags.activated) {
    if (!flags.addresses.empty() || flags.port || flags.socket.interface)
      throw UsageError(
          "--activated: the sockets are given, and an ADDRESS, -p PORT or --interface is not");
    return {};
  }
  if (flags.addresses.empty()) {
    if (!flags.port) throw UsageError("nothing to listen on: give an ADDRESS or -p PORT");
    return {
        wire::parse_endpoint(wire::is_bare_port(*flags.port) ? *flags.port : ':' + *flags.port)};
  }
  std::vector<wire::Endpoint> all;
  // One port of each of them, or with each the word behind it.
  if (flags.port)
    for (const std::string& address : flags.addresses)
      all.push_back(wire::parse_endpoint(address, *flags.port));
  else
    for (const auto& [address, port] : pair_ports(flags.addresses))
      all.push_back(wire::parse_endpoint(address, port));
  return all;
}

mode_t parse_mode(std::string_view text) {
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 0777)
    throw UsageError("'" + std::string(text) + "': expected permissions in octal, 0 to 0777");
  return mode;
}

void set_mode(const ListenFlags& flags, std::vector<wire::ListenPlan>& all) {
  if (!flags.mode) return;
  const mode_t mode = value_of("--mode", *flags.mode, parse_mode);
  bool any = false;
  for (wire::ListenPlan& one : all) {
    if (!std::holds_alternative<wire::UnixEndpoint>(one.address)) continue;
    one.mode = mode;
    any = true;
  }
  if (!any) throw UsageError("--mode: only the file of a Unix socket has one");
}

std::size_t parse_count(std::string_view text) {
  return static_cast<std::size_t>(parse_number(text, 1, 1'000'000'000));
}

Mode mode_of(const ModeFlags& flags, bool proxy, bool command) {
  struct Choice {
    bool given;
    Mode mode;
  };
  Mode mode = Mode::stdio;
  int given = 0;
  for (const Choice& choice :
       {Choice{flags.echo, Mode::echo}, Choice{flags.discard, Mode::discard},
        Choice{flags.broker, Mode::broker}, Choice{flags.chat, Mode::chat},
        Choice{flags.send.has_value(), Mode::send}, Choice{flags.to.has_value(), Mode::forward},
        Choice{proxy, Mode::proxy}, Choice{command, Mode::command}}) {
    if (!choice.given) continue;
    mode = choice.mode;
    ++given;
  }
  if (given > 1)
    throw UsageError(
        "--echo, --discard, --send, --to, --broker, --chat, --serve and -- COMMAND: only one of "
        "them can be given");
  return mode;
}

bool datagrams(const wire::ListenPlan& plan) {
  if (plan.choice.type) return *plan.choice.type == SOCK_DGRAM;
  const auto* inet = std::get_if<wire::InetEndpoint>(&plan.address);
  return plan.choice.udp || (inet != nullptr && inet->transport == wire::Transport::udp);
}

// Datagrams are forwarded as datagrams, unless the address says otherwise.
wire::DialPlan forward_plan(const ListenFlags& flags, const ListenPlan& plan) {
  wire::DialPlan dial;
  dial.target = value_of("--to", *flags.modes.to, [](auto text) {
    try {
      return wire::parse_endpoint(text);
    } catch (const wire::EndpointError& error) {
      throw UsageError(error.what());
    }
  });
  dial.proxy = proxy_plan(flags.proxy);
  dial.timeout = plan.limits.timeout;
  if (!plan.listen.empty() && datagrams(plan.listen.front())) {
    if (std::holds_alternative<wire::UnixEndpoint>(dial.target)) dial.choice.type = SOCK_DGRAM;
    const auto* inet = std::get_if<wire::InetEndpoint>(&dial.target);
    const bool stream = flags.modes.to->starts_with("tcp:") || is_tls(dial.target);
    dial.choice.udp = inet != nullptr && !stream;
    if (stream && plan.data.out_shape.framing.kind == io::Framing::Kind::none)
      throw UsageError("--to: a stream does not tell datagrams apart; give --framing");
  }
  (void)goes_through(dial.proxy, dial.target, dial.choice);  // or a UsageError
  return dial;
}

// What is spoken with whom is forwarded to.
std::optional<TlsPart> onward_tls(const ListenFlags& flags, const ListenPlan& plan) {
  const auto side = wire::TlsPlan::Side::client;
  if (plan.to) {
    auto part = tls_part(flags.to_tls, side, plan.to->target, plan.to->choice);
    if (part && part->plan.datagrams &&
        goes_through(plan.to->proxy, plan.to->target, plan.to->choice))
      throw UsageError("--to-tls: over UDP it does not go through a proxy");
    return part;
  }
  if (flags.to_tls.tls) throw UsageError("--to-tls: nothing is forwarded: give --to");
  refuse_without_tls(flags.to_tls);
  return std::nullopt;
}

serve::Limits peer_limits(const ListenFlags& flags) {
  const auto count = [](const char* option, const std::optional<std::string>& text) {
    return text ? std::optional(value_of(option, *text, parse_count)) : std::nullopt;
  };
  return {.at_a_time = count("--max-conns", flags.max_conns),
          .per_host = count("--max-per-peer", flags.max_per_peer),
          .in_all = count("--max-total", flags.max_total)};
}

// A rule is checked as far as it can be without asking for names.
std::vector<serve::Rule> rules_of(const ListenFlags& flags) {
  std::vector<serve::Rule> rules;
  const auto add = [&](const char* option, const std::string& what, bool allow) {
    try {
      serve::parse_network(what);
    } catch (const std::invalid_argument& error) {
      throw UsageError(std::string(option) + ' ' + error.what());
    }
    rules.push_back({allow, what});
  };
  for (const std::string& what : flags.allow) add("--allow", what, true);
  for (const std::string& what : flags.deny) add("--deny", what, false);
  return rules;
}

// What peers share cannot be in several threads.
std::size_t workers_of(const ListenFlags& flags, const ListenPlan& plan) {
  if (!flags.workers) return 1;
  const auto workers = static_cast<std::size_t>(
      value_of("--workers", *flags.workers, [](auto text) { return parse_number(text, 1, 256); }));
  if (workers == 1) return 1;
  if (plan.mode == Mode::stdio)
    throw UsageError("--workers: standard input and output are one; with a mode or -- COMMAND");
  if (plan.mode == Mode::broker || plan.mode == Mode::chat)
    throw UsageError(
        "--workers: what one peer sends goes to all others, so one thread has them all");
  if (!flags.socket.groups.empty())
    throw UsageError("--workers: each of them would get every datagram of a group");
  return workers;
}

// Standard input and output of many have no text of frames and packets. Nothing is missed without,
// for who listens on an interface hears all.
void refuse_text_of_many(const ListenPlan& plan) {
  if (!plan.serves() || plan.mode != Mode::stdio) return;
  for (const wire::ListenPlan& one : plan.listen)
    if (std::holds_alternative<wire::CanEndpoint>(one.address) ||
        std::holds_alternative<wire::IsotpEndpoint>(one.address) ||
        std::holds_alternative<wire::PacketEndpoint>(one.address) ||
        std::holds_alternative<wire::RawEndpoint>(one.address))
      throw UsageError(to_string(one.address) +
                       ": with --keep-open only with a mode or a command; without it a listener "
                       "takes one message after the other");
}

// Options that would do nothing.
void refuse_idle_options(const ListenFlags& flags, const ListenPlan& plan) {
  if (!flags.keep_open)
    for (const auto& [option, given] :
         {std::pair("--max-conns", flags.max_conns.has_value()),
          std::pair("--max-per-peer", flags.max_per_peer.has_value()),
          std::pair("--max-total", flags.max_total.has_value()),
          std::pair("--workers", flags.workers.has_value()),
          std::pair("--broker", flags.modes.broker), std::pair("--chat", flags.modes.chat)})
      if (given) throw UsageError(std::string(option) + ": only with --keep-open");
  if (flags.drain && !plan.serves()) throw UsageError("--drain: only with --keep-open");
  const bool has_linger = plan.mode == Mode::stdio || plan.mode == Mode::forward ||
                          plan.mode == Mode::command || plan.mode == Mode::proxy;
  if (plan.serves() && plan.limits.linger && !has_linger)
    throw UsageError("--linger: with --keep-open only where bytes go both ways");
  if (plan.serves()) check_data_of_many(plan);
  refuse_text_of_many(plan);
}

// Of all addresses or of none.
std::optional<TlsPart> tls_of(const ListenFlags& flags, const ListenPlan& plan) {
  const auto part_of = [&](const wire::ListenPlan& one) {
    return tls_part(flags.tls, wire::TlsPlan::Side::server, one.address, one.choice);
  };
  if (plan.listen.empty()) return part_of(plan.activated);
  const auto first = part_of(plan.listen.front());
  for (const wire::ListenPlan& one : plan.listen) {
    const auto part = part_of(one);
    if (part.has_value() != first.has_value())
      throw UsageError("tls: every ADDRESS or none; or give --tls");
    if (part && part->plan.datagrams != first->plan.datagrams)
      throw UsageError("--tls: over streams or over datagrams, one listener speaks one of them");
  }
  return first;
}

// "require", or "accept=" and networks.
serve::Proxies parse_proxies(std::string_view text) {
  if (text == "require") return {.everybody = true};
  constexpr std::string_view accept = "accept=";
  if (!text.starts_with(accept))
    throw UsageError("'" + std::string(text) + "': expected require or accept=NETWORK,...");
  serve::Proxies proxies;
  for (std::size_t at = accept.size(); at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const auto network = serve::parse_network(text.substr(at, comma - at));
    if (!network)
      throw UsageError("'" + std::string(text.substr(at, comma - at)) +
                       "': expected a network: 10.0.0.0/8, 2001:db8::/32, or an address");
    proxies.networks.push_back(*network);
    at = comma + 1;
  }
  return proxies;
}

// PROXY headers are read from streams.
serve::Proxies proxies_of(const ListenFlags& flags, const ListenPlan& plan) {
  if (!flags.proxy_protocol) return {};
  if (std::any_of(plan.listen.begin(), plan.listen.end(), datagrams))
    throw UsageError("--proxy-protocol: datagrams come without a connection to introduce");
  try {
    return value_of("--proxy-protocol", *flags.proxy_protocol, parse_proxies);
  } catch (const UsageError&) {
    throw;
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("--proxy-protocol ") + error.what());
  }
}

}  // namespace

ListenPlan plan(const ListenFlags& flags, const std::optional<std::vector<std::string>>& command,
                Timeout default_timeout) {
  ListenPlan plan;
  wire::ListenPlan each;
  each.choice = socket_choice(flags.socket);
  if (flags.backlog) {
    each.backlog = static_cast<int>(value_of(
        "--backlog", *flags.backlog, [](auto text) { return parse_number(text, 0, 65535); }));
  }
  each.reuse_port = flags.reuse_port;
  each.dualstack = flags.dualstack;
  // A proxy is for this machine unless an address says otherwise.
  each.this_machine = flags.serve.serve && flags.addresses.empty();
  plan.limits = limits_of(flags.time, default_timeout);
  each.timeout = plan.limits.timeout;
  for (wire::Endpoint& address : parse_listen_addresses(flags)) {
    each.options = socket_options(flags.socket, address);
    each.address = std::move(address);
    plan.listen.push_back(each);
  }
  for (const std::string& address : flags.addresses) refuse_contradiction(address, each.choice);
  set_mode(flags, plan.listen);
  plan.activated = each;
  if (plan.listen.empty())
    plan.activated.options = socket_options(flags.socket, plan.activated.address);

  plan.proxy = serve_plan(flags.serve);
  plan.mode = mode_of(flags.modes, plan.proxy.has_value(), command.has_value());
  plan.command = command_of(command);
  plan.socket_mode = socket_mode(flags.socket, plan.command);
  plan.file = flags.modes.send.value_or("");
  if (flags.proxy.proxy && !flags.modes.to) throw UsageError("--proxy: only with --to");
  plan.keep_open = flags.keep_open;
  plan.data = data_plan(flags.data);
  if (flags.modes.to) plan.to = forward_plan(flags, plan);
  plan.to_tls = onward_tls(flags, plan);
  plan.data.from_everybody = !flags.socket.groups.empty();
  plan.show = show_plan(flags.show);
  plan.sandbox = sandbox_mode(flags.sandbox);
  plan.peers = peer_limits(flags);
  plan.rules = rules_of(flags);
  plan.access_file = flags.access.value_or("");
  if (flags.ready_fd)
    plan.ready.fd = static_cast<int>(value_of(
        "--ready-fd", *flags.ready_fd, [](auto text) { return parse_number(text, 0, 1 << 20); }));
  plan.ready.file = flags.ready_file.value_or("");
  if (flags.drain) plan.drain = value_of("--drain", *flags.drain, parse_duration);
  plan.accept_timeout = limit_of("--accept-timeout", flags.accept_timeout);
  plan.workers = workers_of(flags, plan);
  refuse_idle_options(flags, plan);
  plan.tls = tls_of(flags, plan);
  for (auto* tls : {&plan.tls, &plan.to_tls})
    if (*tls) (*tls)->plan.kernel = kernel_may_encrypt(plan.data);
  plan.proxies = proxies_of(flags, plan);
  if (plan.serves() && !plan.keep_open) plan.peers.in_all = 1;
  return plan;
}

}  // namespace sock::cmd
