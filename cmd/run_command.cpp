#include "cmd/run_command.hpp"

#include <netinet/in.h>

#include <fmt/format.h>

#include "cmd/values.hpp"
#include "sock/create.hpp"
#include "sock/names.hpp"
#include "wire/candidates.hpp"
#include "wire/program_channel.hpp"

namespace sock::cmd {
namespace {

using wire::EndableChannel;
using wire::ProgramChannel;

bool is_inet(const Address& address) noexcept {
  return address.family() == AF_INET || address.family() == AF_INET6;
}

void add_address(Environment& environment, const std::string& prefix, const Address& address) {
  if (is_inet(address)) {
    environment.emplace_back(prefix + "IP", address.host());
    environment.emplace_back(prefix + "PORT", std::to_string(address.port()));
  } else if (address.family() == AF_UNIX && !address.path().empty() && address.path()[0] != '\0') {
    environment.emplace_back(prefix + "PATH", std::string(address.path()));
  }
}

std::string deadline_message(const std::vector<std::string>& command, const Limits& limits) {
  return fmt::format("run {}: timed out: --deadline {} is over; it was ended", command.front(),
                     show_duration(limits.deadline.value()));
}

// The program holds the socket, and nobody else does.
int run_direct(Session& session, const Console& console, Connection connection,
               const std::vector<std::string>& command, const Environment& environment,
               const Talk& talk) {
  connection.socket.settimeout(talk.socket_mode);
  // A program expects datagrams of this peer alone.
  if (is_endless(connection.socket) && connection.peer) connection.socket.connect(connection.peer);
  Children children(session);
  children.start(command, connection.socket, environment);
  connection.socket.close();
  if (talk.limits.deadline) children.end_at(talk.start + *talk.limits.deadline);
  children.wait();
  if (children.timed_out())
    return console.failed(Exit::timed_out, deadline_message(command, talk.limits));
  return children.first_failure();
}

// What is left when the bytes have stopped: the program's end, and the code.
int finish(Children& children, const Console& console, const std::vector<std::string>& command,
           const Talk& talk, const Verdict& verdict) {
  if (verdict.exit == Exit::timed_out) children.end();
  children.wait();
  if (!verdict.message.empty()) console.failed(verdict.exit, verdict.message);
  if (verdict.exit == Exit::timed_out) return code(verdict.exit);
  if (children.timed_out())
    return console.failed(Exit::timed_out, deadline_message(command, talk.limits));
  const int own = children.first_failure();
  return own == 0 ? code(verdict.exit) : own;
}

// We stand between the program and the peer, for the options that watch or cut the bytes.
int run_relayed(Session& session, const Console& console, Connection connection,
                const std::vector<std::string>& command, const Environment& environment,
                const Talk& talk) {
  // A stream where the messages are told apart in it.
  const bool records = connection.socket.type() != SOCK_STREAM &&
                       talk.data.in_shape.framing.kind == io::Framing::Kind::none;
  EndableChannel peer(peer_channel(session, std::move(connection), talk));
  auto [ours, theirs] = socketpair(AF_UNIX, records ? SOCK_SEQPACKET : SOCK_STREAM);
  theirs.settimeout(talk.socket_mode);
  Children children(session);
  children.start(command, theirs, environment);
  theirs.close();
  auto program =
      std::make_unique<ProgramChannel>(io::socket_channel(std::move(ours), "the command"));
  children.when_all_ended([&] {
    peer.end_reading();  // nobody is left to read it
    session.nudge();
  });
  const io::RelayResult result = relay(session, console, *program, peer, talk);
  children.when_all_ended(nullptr);
  program.reset();  // it reads the end, if it still runs
  if (talk.limits.deadline) children.end_at(talk.start + *talk.limits.deadline);
  return finish(children, console, command, talk, judge(result, peer.name(true), talk.limits));
}

}  // namespace

std::string protocol_name(int family, int type, int protocol) {
  if (family == AF_CAN) return names::text_or_number(names::Kind::protocol, protocol, AF_CAN);
  // RDS has addresses of IPv4.
  if (family == AF_INET && type == SOCK_SEQPACKET && protocol == 0) family = AF_RDS;
  if (family == AF_INET || family == AF_INET6) {
    if (protocol == 0) protocol = type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
    const auto name = names::text_or_number(names::Kind::protocol, protocol);
    return name.starts_with("IPPROTO_") ? name.substr(8) : name;
  }
  const auto name = names::text_or_number(names::Kind::family, family);
  return name.starts_with("AF_") ? name.substr(3) : name;
}

Environment connection_environment(const Address& local, const Address& peer, int type,
                                   int protocol) {
  const std::string name = protocol_name((local ? local : peer).family(), type, protocol);
  Environment environment{{"PROTO", name}};
  add_address(environment, name + "LOCAL", local);
  add_address(environment, name + "REMOTE", peer);
  const auto text_of = [&](const Address& address) {
    return wire::shown(address, address.family(), type, protocol);
  };
  if (const auto text = text_of(local); !text.empty()) environment.emplace_back("SOCK_LOCAL", text);
  if (const auto text = text_of(peer); !text.empty()) environment.emplace_back("SOCK_PEER", text);
  return environment;
}

std::vector<std::string> command_of(const std::optional<std::vector<std::string>>& command) {
  if (!command) return {};
  if (command->empty() || command->front().empty())
    throw UsageError("'--': expected a command after it");
  return *command;
}

bool needs_relay(const DataPlan& data, const Limits& limits, const Show* show) noexcept {
  return (show && show->needs_relay()) || data != DataPlan{} || limits.idle || limits.linger;
}

int run_command(Session& session, const Console& console, Connection connection,
                const std::vector<std::string>& command, const Talk& talk) {
  const Socket& socket = connection.socket;
  const Address local = connection.local ? *connection.local : wire::local_address(socket);
  Environment environment =
      connection_environment(local, connection.peer, socket.type(), socket.proto());
  // Through a proxy: it knows the address of the name.
  if (!connection.peer && is_inet(local)) environment.emplace_back("SOCK_PEER", connection.name);
  console.detail(fmt::format("running {}", command.front()));
  const bool relayed =
      talk.tls || connection.wrapping || needs_relay(talk.data, talk.limits, talk.show);
  const auto run = relayed ? run_relayed : run_direct;
  return run(session, console, std::move(connection), command, environment, talk);
}

int join_command(Session& session, const Console& console, Children& children,
                 std::unique_ptr<io::Channel> end, const std::vector<std::string>& command,
                 const Talk& talk) {
  auto program = std::make_unique<ProgramChannel>(std::move(end));
  const auto local = io::stdio_channel(FdRef(0), FdRef(1));
  children.when_all_ended([&] { program->end_reading(); });
  const io::RelayResult result = relay(session, console, *local, *program, talk);
  children.when_all_ended(nullptr);
  program.reset();
  if (talk.limits.deadline) children.end_at(talk.start + *talk.limits.deadline);
  return finish(children, console, command, talk, judge(result, "the command", talk.limits));
}

}  // namespace sock::cmd
