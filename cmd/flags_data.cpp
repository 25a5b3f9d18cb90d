#include "cmd/flags_data.hpp"

#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

io::Until parse_until(std::string_view text) {
  if (text == "both") return io::Until::both;
  if (text == "in") return io::Until::in;
  if (text == "out") return io::Until::out;
  if (text == "any") return io::Until::any;
  throw UsageError("'" + std::string(text) + "': expected both, in, out or any");
}

}  // namespace

void add_data_flags(Options& options, DataFlags& flags) {
  const char* group = "Data";
  options
      .add_option("--until", &flags.until,
                  "Which end ends the run: of the peer (in), of the input (out), of both, or of "
                  "any; default both, but out where datagrams are sent")
      .type_name("both|in|out|any")
      .group(group);
  options
      .add_flag("-s,--send-only", &flags.send_only,
                "Only send: done when the input has ended, what the peer sends is dropped")
      .group(group);
  options.add_flag("-r,--recv-only", &flags.recv_only, "Only receive: the input is never read")
      .group(group);
  options
      .add_flag("--no-shutdown", &flags.no_shutdown,
                "Do not tell the peer that the input has ended")
      .group(group);
}

DataPlan data_plan(const DataFlags& flags) {
  if (flags.send_only && flags.recv_only)
    throw UsageError("--send-only and --recv-only: only one of them can be given");
  if (flags.until && (flags.send_only || flags.recv_only))
    throw UsageError(std::string("--until and ") +
                     (flags.send_only ? "--send-only" : "--recv-only") +
                     ": with one direction its end is the end");
  DataPlan plan;
  if (flags.until) plan.until = value_of("--until", *flags.until, parse_until);
  plan.out = !flags.recv_only;
  plan.in = !flags.send_only;
  plan.shutdown = !flags.no_shutdown;
  return plan;
}

io::EndRule end_rule(const DataPlan& plan, const Limits& limits, const Circumstances& now) {
  const bool ends_with_input = now.endless && !now.listening && plan.out && !limits.linger;
  io::EndRule rule;
  rule.until = plan.until.value_or(ends_with_input ? io::Until::out : io::Until::both);
  rule.out = plan.out;
  rule.in = plan.in;
  rule.empty_input_waits = now.listening;
  rule.peer_must_end = now.tls && !now.listening && !plan.in;
  return rule;
}

io::RelayOptions relay_options(const DataPlan& plan, const Limits& limits, const Circumstances& now,
                               io::Clock::time_point start) {
  io::RelayOptions options;
  options.ending = end_rule(plan, limits, now);
  options.shutdown = plan.shutdown;
  options.linger = limits.linger;
  options.idle = limits.idle;
  if (limits.deadline) options.deadline = start + *limits.deadline;
  return options;
}

}  // namespace sock::cmd
