#include "cmd/narrator.hpp"

#include <fmt/format.h>

#include "cmd/conversation.hpp"
#include "cmd/explain.hpp"
#include "cmd/run_command.hpp"
#include "cmd/secure.hpp"
#include "cmd/values.hpp"
#include "io/child.hpp"
#include "sock/names.hpp"
#include "wire/candidates.hpp"

namespace sock::cmd {

namespace {

// Family, type and protocol: "AF_INET, SOCK_STREAM, TCP".
std::string kind_of(const Socket& socket) {
  return fmt::format("{}, {}, {}", names::text_or_number(names::Kind::family, socket.family()),
                     names::text_or_number(names::Kind::type, socket.type()),
                     protocol_name(socket.family(), socket.type(), socket.proto()));
}

}  // namespace

void Narrator::resolving(std::string_view name) {
  console_.detail(fmt::format("resolving {}", name));
}

void Narrator::resolved(std::string_view name, std::size_t addresses,
                        std::chrono::nanoseconds time) {
  console_.detail(fmt::format("{}: {} address{} in {}", name, addresses, addresses == 1 ? "" : "es",
                              show_duration(time)));
}

void Narrator::attempt(std::string_view address) {
  if (console_.verbose()) console_.detail(fmt::format("connecting to {}", address));
}

void Narrator::attempt_failed(std::string_view address, const Error& error,
                              std::chrono::nanoseconds time) {
  console_.detail(
      fmt::format("{}: {} after {}", address, cause_of(error.code()), show_duration(time)));
}

void Narrator::connected(const Socket& socket, std::string_view address,
                         std::chrono::nanoseconds time) {
  if (!console_.verbose()) return;  // every start passes here
  std::string local = wire::shown(wire::local_address(socket), socket);
  if (local == "unix:") local.clear();  // a socket without a name
  console_.detail(fmt::format("connected to {}{}{} in {} ({})", address,
                              local.empty() ? "" : " from ", local, show_duration(time),
                              kind_of(socket)));
}

void Narrator::secured(const io::Secured& with) {
  console_.detail(fmt::format("TLS with {} in {}: {}", with.peer, show_duration(with.took),
                              describe(with, std::chrono::system_clock::now())));
}

void Narrator::attempt_overtaken(std::string_view address, std::chrono::nanoseconds time) {
  console_.detail(fmt::format("{}: no answer in {}, given up", address, show_duration(time)));
}

void Narrator::proxying(std::string_view proxy, std::string_view target) {
  console_.detail(fmt::format("asking {} for {}", proxy, target));
}

void Narrator::proxied(std::string_view proxy, std::string_view target,
                       std::chrono::nanoseconds time) {
  console_.detail(fmt::format("{}: connected to {} in {}", proxy, target, show_duration(time)));
}

void Narrator::retrying(std::string_view target, const std::exception_ptr& failure,
                        std::chrono::nanoseconds pause) try {
  std::rethrow_exception(failure);
} catch (const Error& error) {
  console_.detail(
      fmt::format("{}: {}; trying again in {}", target, cause_of(error), show_duration(pause)));
} catch (const std::exception&) {  // each attempt's cause has been told
  console_.detail(fmt::format("{}: trying again in {}", target, show_duration(pause)));
}

void Narrator::probed(const io::Probed& probed) {
  console_.detail(fmt::format("probe {}: {}{}{} in {}", probed.target, probed.state,
                              probed.error.empty() ? "" : ": ", probed.error,
                              show_duration(probed.took)));
}

void Narrator::listening(const Socket& socket, std::string_view address) {
  console_.detail(fmt::format("bound to {} ({})", address, kind_of(socket)));
}

void Narrator::introduced(std::string_view peer, std::string_view proxy) {
  console_.detail(fmt::format("proxy {} comes for {}", proxy, peer));
}

void Narrator::accepted(const Socket& socket, std::string_view peer, std::uint64_t) {
  console_.detail(fmt::format("connection from {} ({})", peer, kind_of(socket)));
}

void Narrator::denied(std::string_view peer, std::string_view local, std::string_view reason) {
  console_.detail(fmt::format("{} turned away from {}: {}", peer, local, reason));
}

void Narrator::requested(const io::Requested& request) {
  const std::string user = request.user.empty() ? "" : fmt::format(" ({})", request.user);
  const char* what = request.command == "bind"  ? "for a connection from"
                     : request.command == "udp" ? "for datagrams of"
                                                : "for a connection to";
  console_.detail(fmt::format("{}{} asks by {} {} {}", request.peer, user, request.protocol, what,
                              request.target));
}

void Narrator::closed(const io::Closed& session) {
  if (!console_.verbose()) return;
  const std::string text = summary(session.traffic);
  if (session.local.empty()) return console_.detail(text);  // the only one
  console_.detail(fmt::format("{} at {}: {}{}{}; {}", session.peer, session.local, session.reason,
                              session.detail.empty() ? "" : ", ", session.detail, text));
}

void Narrator::broken(std::string_view peer, const std::exception& error) {
  failure_ = exit_of_broken(error);
  console_.error(explain_broken(error, std::string(peer)));
}

void Narrator::lost(std::string_view peer, std::string_view what) {
  failure_ = Exit::broken;
  console_.error(fmt::format("{}: lost {}", peer, what));
}

void Narrator::paused(const Error& error) {
  console_.error(fmt::format("{}; those who come have to wait", explain(error)));
}

void Narrator::started(const io::Program& program) {
  console_.detail(
      fmt::format("command {}, process {}: {}", program.number, program.pid, program.command));
}

void Narrator::exited(const io::Program& program, const io::ExitStatus& status,
                      std::chrono::nanoseconds ran) {
  console_.detail(fmt::format("command {} ended: {} {} after {}", program.number,
                              status.signal ? "signal" : "exit",
                              status.signal ? status.signal : status.code, show_duration(ran)));
}

}  // namespace sock::cmd
