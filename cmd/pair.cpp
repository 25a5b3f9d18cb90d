#include "cmd/pair.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include <fmt/format.h>

#include "cmd/children.hpp"
#include "cmd/conversation.hpp"
#include "cmd/exit.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/meter.hpp"
#include "cmd/run_command.hpp"
#include "cmd/values.hpp"
#include "io/pair.hpp"
#include "wire/program_channel.hpp"

namespace sock::cmd {
namespace {

using wire::ProgramChannel;

using Ends = std::pair<io::End, io::End>;

Ends join(const JoinPlan& plan, const Console& console) {
  Ends ends = plan.pipes ? io::pipe_ends() : io::socket_ends(plan.family, plan.type);
  if (!plan.buffer) return ends;
  const std::size_t room = std::min(io::enlarge_end(ends.first, *plan.buffer),
                                    io::enlarge_end(ends.second, *plan.buffer));
  if (room < *plan.buffer)
    console.note(fmt::format(
        "--buffer: {} of the {} that were asked for; the system's limit is {}",
        show_size(static_cast<double>(room)), show_size(static_cast<double>(*plan.buffer)),
        plan.pipes ? "/proc/sys/fs/pipe-max-size" : "/proc/sys/net/core/wmem_max and rmem_max"));
  return ends;
}

Fd open_null() {
  Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null) return null;
  const int err = errno;
  throw_errno(err, "open", "/dev/null");
}

bool has(const std::vector<int>& fds, int fd) {
  return std::find(fds.begin(), fds.end(), fd) != fds.end();
}

// The program has the end, and nobody else does. The input is ours where we read it for the
// program.
void start(Children& children, const PairPlan& plan, std::size_t index, const io::End& end) {
  const std::vector<int>& fds = plan.join.fds;
  io::ChildPlan child;
  child.argv = plan.commands[index];
  child.fds.emplace_back(io::reader(end), fds.front());
  if (fds.size() == 2) child.fds.emplace_back(io::writer(end), fds.back());
  Fd null;
  const bool alone = plan.commands.size() == 1;
  if (alone && !has(fds, 0)) {
    null = open_null();
    child.fds.emplace_back(null, 0);
  }
  // Of a shell line its text.
  children.start(child, alone ? child.argv.front() : child.argv.back());
}

Talk talk_of(const PairPlan& plan, Show& show) {
  Talk talk{.data = {}, .limits = {}, .show = &show};
  talk.data.out_shape.rate = talk.data.in_shape.rate = plan.rate;
  return talk;
}

void run_joined(const PairPlan& plan, const Console& console, Children& children) {
  const auto [first, second] = join(plan.join, console);
  start(children, plan, 0, first);
  start(children, plan, 1, second);
}

// Our end of a pair whose other end the program has.
std::unique_ptr<ProgramChannel> start_apart(const PairPlan& plan, const Console& console,
                                            Children& children, std::size_t index) {
  auto [ours, theirs] = join(plan.join, console);
  start(children, plan, index, theirs);
  return std::make_unique<ProgramChannel>(
      io::end_channel(std::move(ours), fmt::format("command {}", index + 1)));
}

// The largest message that a program can send through this.
std::size_t message_size(const io::Channel& channel) {
  int size = 0;
  socklen_t length = sizeof size;
  if (::getsockopt(channel.read_fd().get(), SOL_SOCKET, SO_SNDBUF, &size, &length) == 0)
    return static_cast<std::size_t>(size);
  const int err = errno;
  throw_errno(err, "getsockopt", channel.name(false));
}

// We stand between them. What is told at one end is told at the other: that nothing more comes,
// that nobody reads.
Verdict run_copied(const PairPlan& plan, const Console& console, Session& session,
                   Children& children, Show& show) {
  const auto first = start_apart(plan, console, children, 0);
  const auto second = start_apart(plan, console, children, 1);
  first->when_deaf([&] { second->stop_reading(); });
  second->when_deaf([&] { first->stop_reading(); });
  Talk talk = talk_of(plan, show);
  if (first->messages()) talk.data.recv_size = message_size(*first);
  // Datagrams have no end: that of the program is the end.
  if (plan.join.type == SOCK_DGRAM)
    children.when_one_ended([&](std::size_t index) { (index ? second : first)->end_reading(); });
  children.when_all_ended([&] {
    first->end_reading();
    second->end_reading();
  });
  const io::RelayResult result = relay(session, console, *first, *second, talk);
  children.when_one_ended(nullptr);
  children.when_all_ended(nullptr);
  return judge(result, "command 2", talk.limits);
}

int run_two(const PairPlan& plan, const Console& console, Session& session, Children& children,
            Show& show) {
  const auto began = io::Clock::now();
  if (plan.deadline) children.end_at(began + *plan.deadline);
  if (plan.grace) children.end_others_after(*plan.grace);
  Verdict verdict;
  if (show.needs_bytes() || plan.rate != 0)
    verdict = run_copied(plan, console, session, children, show);
  else
    run_joined(plan, console, children);
  children.wait();
  if (!verdict.message.empty()) console.failed(verdict.exit, verdict.message);
  if (children.timed_out())
    return console.failed(Exit::timed_out,
                          fmt::format("timed out: --deadline {} is over; what ran was ended",
                                      show_duration(plan.deadline.value())));
  const int own = exit_code(plan.exit, children.ended());
  return own == 0 ? code(verdict.exit) : own;
}

int run_one(const PairPlan& plan, const Console& console, Session& session, Children& children,
            Show& show) {
  Talk talk = talk_of(plan, show);
  talk.limits.deadline = plan.deadline;
  // Datagrams have no end: that of the program is the end.
  if (plan.join.type == SOCK_DGRAM) talk.data.until = io::Until::in;
  auto [ours, theirs] = join(plan.join, console);
  start(children, plan, 0, theirs);
  theirs = io::Pipe();
  return join_command(session, console, children, io::end_channel(std::move(ours), "the command"),
                      plan.commands.front(), talk);
}

}  // namespace

int run(const PairPlan& plan, Console& console) {
  Show show(plan.show, console);
  Session session;
  Children children(session, Children::Leftovers::end, &show);
  try {
    const auto run = plan.commands.size() == 2 ? run_two : run_one;
    return run(plan, console, session, children, show);
  } catch (const std::exception&) {
    children.end();
    children.wait();
    throw;
  }
}

Run set_up_pair(Options& options) {
  const auto flags = std::make_shared<PairFlags>();
  options.add_option("COMMAND", &flags->lines,
                     "Shell line; the socket is its standard input and output");
  const char* which = "Which socket";
  options.add_option("--type", &flags->type, "Socket type (default: stream)")
      .type_name("stream|dgram|seqpacket")
      .group(which);
  options
      .add_option("--family", &flags->family,
                  "Unix sockets (default), or TCP or UDP on the loopback interface")
      .type_name("unix|inet|inet6")
      .group(which);
  options
      .add_flag("--pipes", &flags->pipes, "Two pipes in place of sockets, one for each direction")
      .group(which);
  options
      .add_option("--fd", &flags->fd,
                  "Give it as these descriptors (default: 0,1); of pipes READ,WRITE")
      .type_name("N[,N]")
      .group(which);
  options.add_option("--buffer", &flags->buffer, "How much may wait between the two, each way")
      .type_name("SIZE")
      .group(which);
  options.add_option("--limit-rate", &flags->limit_rate, "At most so much each way: 500k/s, 10M/s")
      .type_name("RATE")
      .group("Data");
  options.add_option("--grace", &flags->grace, "When one has ended, end the other after this time")
      .type_name("TIME")
      .group("Limits");
  add_deadline_flag(options, flags->deadline);
  add_show_flags(options, flags->show);
  options.add_option("--tee", &flags->tee, "Copy what passes, both ways, to a file")
      .type_name("FILE")
      .group("Show");
  options
      .add_option("--exit", &flags->exit,
                  "Whose exit code is ours: of the command that ended first, or last, or the "
                  "highest; default: of the first that failed")
      .type_name("first|last|worst")
      .group("Exit code");
  options.examples(
      "  sock pair 'rsync --server --sender . /src/' 'rsync --server . /copy/'\n"
      "  sock pair --type seqpacket ./client ./server\n"
      "  sock pair --grace 2s --dump text ./player ./judge\n"
      "  sock pair --pipes sort ./feeder\n"
      "  sock pair -- bc -q < sums\n");
  return [flags](const Invocation& with) { return run(plan(*flags, with.command), with.console); };
}

}  // namespace sock::cmd
