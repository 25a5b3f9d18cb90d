#include "cmd/listen_once.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cmd/accept.hpp"
#include "cmd/access_file.hpp"
#include "cmd/conversation.hpp"
#include "cmd/framing.hpp"
#include "cmd/listeners.hpp"
#include "cmd/ready.hpp"
#include "cmd/run_command.hpp"
#include "cmd/sandbox.hpp"
#include "cmd/values.hpp"
#include "wire/path.hpp"

namespace sock::cmd {
namespace {

std::optional<io::Clock::time_point> sooner(std::optional<io::Clock::time_point> a,
                                            std::optional<io::Clock::time_point> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// Whoever comes later to a stream is refused, and its name is free for the next listener. Datagrams
// of all come to the one socket that was taken, by its name, as long as the conversation lasts.
void stop_listening(std::vector<wire::Listener>& listeners) {
  const auto is_taken = [](const Socket& socket) { return socket.fileno() < 0; };
  std::erase_if(listeners, [&](const wire::Listener& listener) {
    return std::none_of(listener.sockets().begin(), listener.sockets().end(), is_taken);
  });
  for (wire::Listener& listener : listeners)
    for (Socket& socket : listener.sockets()) socket.close();
}

}  // namespace

std::string nobody_came(const ListenPlan& plan, const std::string& line, bool run_is_over,
                        std::uint64_t turned_away) {
  std::string text = fmt::format(
      "{}: timed out: nobody {} within {} {}", line, turned_away == 0 ? "came" : "was let in",
      run_is_over ? "--deadline" : "--accept-timeout",
      show_duration(run_is_over ? *plan.limits.deadline : *plan.accept_timeout));
  if (turned_away != 0)
    text += fmt::format("; {} turned away, for which -v has the reason", turned_away);
  return text;
}

int listen_once(const ListenPlan& plan, Console& console, Show& show,
                std::vector<wire::Listener> listeners, io::Clock::time_point start) {
  const serve::Access access = read_access(plan.rules, plan.access_file, plan.limits.timeout);
  const bool datagrams = std::any_of(listeners.begin(), listeners.end(),
                                     [](const auto& listener) { return listener.datagrams(); });
  if (datagrams && !plan.proxies.empty())
    throw UsageError("--proxy-protocol: PROXY headers are spoken over streams");
  const std::string line = line_of(listeners);
  const std::optional<Tls> tls = set_up_tls(plan.tls);
  Session session;
  const Ready ready(plan.ready, names_of(listeners));
  std::unique_ptr<io::Channel> local;
  if (plan.command.empty()) {
    local = io::stdio_channel(FdRef(0), FdRef(1));
    enter_sandbox(plan.sandbox, grants_of(plan), console);
  } else {
    stay_out_of_sandbox(console);
  }
  if (plan.tls && !plan.tls->plan.self_signed.empty())
    console.note("self-signed: --pin " + tls->context.fingerprint());
  console.note(line);

  const auto end =
      plan.limits.deadline ? std::optional(start + *plan.limits.deadline) : std::nullopt;
  const auto patience =
      plan.accept_timeout ? std::optional(io::Clock::now() + *plan.accept_timeout) : std::nullopt;
  auto connection = next_peer(session, show, listeners, {access, plan.proxies, plan.patience()},
                              tls ? &*tls : nullptr, sooner(end, patience));
  if (!connection) {
    return console.failed(Exit::timed_out, nobody_came(plan, line, end && io::Clock::now() >= *end,
                                                       show.denied_so_far()));
  }
  stop_listening(listeners);
  DataPlan data = plan.command.empty() ? framed_for(connection->socket, plan.data) : plan.data;
  // On a bus, or an interface, all talk to all.
  const Socket& socket = connection->socket;
  if (wire::is_only_bound(socket.family(), socket.proto())) data.from_everybody = true;
  const Talk talk{.data = data,
                  .limits = plan.limits,
                  .listening = true,
                  .show = &show,
                  .start = start,
                  .socket_mode = plan.socket_mode,
                  .tls = tls ? &*tls : nullptr,
                  .attempt = io::Clock::now()};
  if (!plan.command.empty())
    return run_command(session, console, std::move(*connection), plan.command, talk);
  const auto peer = peer_channel(session, std::move(*connection), talk);
  return converse(session, console, *local, *peer, talk);
}

}  // namespace sock::cmd
