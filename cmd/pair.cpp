#include "cmd/pair.hpp"

#include <sys/socket.h>

#include <memory>

#include <fmt/format.h>

#include "cmd/children.hpp"
#include "cmd/conversation.hpp"
#include "cmd/exit.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/run_command.hpp"
#include "cmd/values.hpp"
#include "sock/create.hpp"

namespace sock::cmd {
namespace {

int parse_type(std::string_view text) {
  if (text == "stream") return SOCK_STREAM;
  if (text == "dgram") return SOCK_DGRAM;
  if (text == "seqpacket") return SOCK_SEQPACKET;
  throw UsageError(fmt::format("'{}': expected stream, dgram or seqpacket", text));
}

int deadline_over(const Console& console, const PairPlan& plan) {
  console.error(fmt::format("timed out: --deadline {} is over; what ran was ended",
                            show_duration(plan.deadline.value())));
  return code(Exit::timed_out);
}

// The code of the one that failed first: the other's failure mostly follows from it.
int run_two(const PairPlan& plan, const Console& console) {
  const auto start = io::Clock::now();
  Session session;
  Children children(session);
  {
    auto [first, second] = socketpair(AF_UNIX, plan.type);
    children.start(plan.commands[0], first);
    children.start(plan.commands[1], second);
  }  // each has its end, and nobody else
  if (plan.deadline) children.end_at(start + *plan.deadline);
  children.wait();
  if (children.timed_out()) return deadline_over(console, plan);
  return children.first_failure();
}

}  // namespace

PairPlan plan(const PairFlags& flags, const std::optional<std::vector<std::string>>& command) {
  PairPlan plan;
  plan.type = flags.type ? value_of("--type", *flags.type, parse_type) : SOCK_STREAM;
  plan.deadline = limit_of("--deadline", flags.deadline);
  if (command && !flags.lines.empty())
    throw UsageError("'" + flags.lines.front() + "': either two commands, or one after '--'");
  if (command) {
    plan.commands.push_back(command_of(command));
  } else if (flags.lines.size() == 2) {
    for (const std::string& line : flags.lines) plan.commands.push_back(io::shell_command(line));
  } else {
    throw UsageError(
        fmt::format("expected two commands, or one after '--'; {} given", flags.lines.size()));
  }
  return plan;
}

int run(const PairPlan& plan, Console& console) {
  if (plan.commands.size() == 2) return run_two(plan, console);
  Talk talk;
  talk.limits.deadline = plan.deadline;
  // Datagrams have no end: that of the program is the end.
  if (plan.type == SOCK_DGRAM) talk.data.until = io::Until::in;
  Session session;
  return join_command(session, console, plan.commands.front(), plan.type, talk);
}

Run set_up_pair(Options& options) {
  const auto flags = std::make_shared<PairFlags>();
  options.add_option("COMMAND", &flags->lines,
                     "Shell line; the socket is its standard input and output");
  options.add_option("--type", &flags->type, "Socket type (default: stream)")
      .type_name("stream|dgram|seqpacket")
      .group("Which socket");
  add_deadline_flag(options, flags->deadline);
  options.examples(
      "  sock pair 'rsync --server --sender . /src/' 'rsync --server . /copy/'\n"
      "  sock pair --type seqpacket ./client ./server\n"
      "  sock pair -- bc -q < sums\n");
  return [flags](const Invocation& with) { return run(plan(*flags, with.command), with.console); };
}

}  // namespace sock::cmd
