#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include <fmt/format.h>

#include "cmd/flags_time.hpp"
#include "cmd/pair.hpp"
#include "cmd/run_command.hpp"
#include "cmd/values.hpp"
#include "io/child.hpp"

namespace sock::cmd {
namespace {

template <class Value>
struct Choice {
  std::string_view name;
  Value value;
};

constexpr std::array types{Choice<int>{"stream", SOCK_STREAM}, Choice<int>{"dgram", SOCK_DGRAM},
                           Choice<int>{"seqpacket", SOCK_SEQPACKET}};
constexpr std::array families{Choice<int>{"unix", AF_UNIX}, Choice<int>{"inet", AF_INET},
                              Choice<int>{"inet6", AF_INET6}};
constexpr std::array exit_rules{Choice<ExitRule>{"first", ExitRule::first},
                                Choice<ExitRule>{"last", ExitRule::last},
                                Choice<ExitRule>{"worst", ExitRule::worst}};

template <class Value>
Value choose(std::string_view option, const std::optional<std::string>& text,
             std::type_identity_t<Value> usual, const std::array<Choice<Value>, 3>& from) {
  if (!text) return usual;
  for (const Choice<Value>& one : from)
    if (one.name == *text) return one.value;
  throw UsageError(fmt::format("{} '{}': expected {}, {} or {}", option, *text, from[0].name,
                               from[1].name, from[2].name));
}

std::vector<int> parse_fds(std::string_view text) {
  const auto comma = text.find(',');
  const auto number = [](std::string_view one) {
    return static_cast<int>(parse_number(one, 0, 255));
  };
  std::vector<int> fds{number(text.substr(0, comma))};
  if (comma != std::string_view::npos) fds.push_back(number(text.substr(comma + 1)));
  if (fds.front() == fds.back() && fds.size() == 2)
    throw UsageError(fmt::format("'{}': expected two different descriptors", text));
  return fds;
}

JoinPlan join_plan(const PairFlags& flags) {
  JoinPlan join;
  join.pipes = flags.pipes;
  if (flags.pipes && (flags.type || flags.family))
    throw UsageError(fmt::format("--pipes and {}: pipes are no sockets, and have none",
                                 flags.type ? "--type" : "--family"));
  join.type = choose("--type", flags.type, SOCK_STREAM, types);
  join.family = choose("--family", flags.family, AF_UNIX, families);
  if (join.type == SOCK_SEQPACKET && join.family != AF_UNIX)
    throw UsageError("--type seqpacket: only --family unix has it");
  if (flags.fd) join.fds = value_of("--fd", *flags.fd, parse_fds);
  if (flags.pipes && join.fds.size() != 2)
    throw UsageError("--fd '" + *flags.fd +
                     "': with --pipes expected two, READ,WRITE, for each has one direction");
  if (flags.buffer)
    join.buffer = value_of("--buffer", *flags.buffer,
                           [](auto text) { return parse_size(text, 1, 512u << 20); });
  return join;
}

std::vector<std::vector<std::string>> commands_of(
    const PairFlags& flags, const std::optional<std::vector<std::string>>& command) {
  if (command && !flags.lines.empty())
    throw UsageError("'" + flags.lines.front() + "': either two commands, or one after '--'");
  if (command) return {command_of(command)};
  if (flags.lines.size() != 2)
    throw UsageError(
        fmt::format("expected two commands, or one after '--'; {} given", flags.lines.size()));
  return {io::shell_command(flags.lines[0]), io::shell_command(flags.lines[1])};
}

}  // namespace

PairPlan plan(const PairFlags& flags, const std::optional<std::vector<std::string>>& command) {
  PairPlan plan;
  plan.commands = commands_of(flags, command);
  plan.join = join_plan(flags);
  plan.show = show_plan(flags.show);
  plan.show.tee = flags.tee;
  if (flags.tee && flags.tee->empty()) throw UsageError("--tee '': expected a file");
  if (flags.limit_rate) plan.rate = value_of("--limit-rate", *flags.limit_rate, parse_rate);
  plan.deadline = limit_of("--deadline", flags.deadline);
  if (flags.grace) plan.grace = value_of("--grace", *flags.grace, parse_duration);
  plan.exit = choose("--exit", flags.exit, ExitRule::failed, exit_rules);
  if (command && (flags.grace || flags.exit))
    throw UsageError(std::string(flags.grace ? "--grace" : "--exit") +
                     ": there is only one command");
  return plan;
}

}  // namespace sock::cmd
