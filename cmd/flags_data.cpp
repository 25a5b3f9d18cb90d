#include "cmd/flags_data.hpp"

#include <cstdint>

#include "cmd/framing.hpp"
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

io::Flow::Route parse_route(std::string_view text) {
  if (text == "automatic") return io::Flow::Route::automatic;
  if (text == "buffer") return io::Flow::Route::buffer;
  if (text == "kernel") return io::Flow::Route::kernel;
  throw UsageError("'" + std::string(text) + "': expected automatic, buffer or kernel");
}

void shape_both(DataPlan& plan, const DataFlags& flags) {
  io::Shape& out = plan.out_shape;
  io::Shape& in = plan.in_shape;
  if (flags.limit_rate)
    out.rate = in.rate = value_of("--limit-rate", *flags.limit_rate, parse_rate);
  if (flags.max_bytes)
    out.max_bytes = in.max_bytes = value_of("--max-bytes", *flags.max_bytes, [](auto text) {
      return parse_size(text, 1, UINT64_MAX - 1);
    });
  if (flags.framing)
    out.framing = in.framing = value_of("--framing", *flags.framing, parse_framing);
  plan.framing_given = flags.framing.has_value();
  if (flags.line_delay) out.line_delay = *limit_of("--line-delay", flags.line_delay);
  out.crlf = flags.crlf;
  if (flags.replies)
    in.max_messages = static_cast<std::uint64_t>(value_of(
        "--replies", *flags.replies, [](auto text) { return parse_number(text, 1, INT64_MAX); }));
}

// Options for a direction that there is not.
void refuse_idle(const DataFlags& flags) {
  if (flags.send_only && flags.replies)
    throw UsageError("--send-only and --replies: only one of them can be given");
  if (!flags.recv_only) return;
  const char* name = flags.crlf ? "--crlf" : flags.line_delay ? "--line-delay" : nullptr;
  if (name) throw UsageError(std::string(name) + " and --recv-only: nothing is sent");
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
  options.add_flag("-C,--crlf", &flags.crlf, "Send each line with CRLF at its end").group(group);
  options
      .add_option("--line-delay", &flags.line_delay, "Wait this long after each line that is sent")
      .type_name("TIME")
      .group(group);
  options.add_option("--limit-rate", &flags.limit_rate, "At most so much each way: 500k/s, 10M/s")
      .type_name("RATE")
      .group(group);
  options
      .add_option("--max-bytes", &flags.max_bytes,
                  "Send no more than this; done when as much has come from the peer")
      .type_name("SIZE")
      .group(group);
  options.add_option("--replies", &flags.replies, "Done when so many datagrams have come")
      .type_name("N")
      .group(group);
  options.add_option("--recv-size", &flags.recv_size, "Read at most this much at once")
      .type_name("SIZE")
      .group(group);
  options
      .add_option(
          "--framing", &flags.framing,
          "What is one datagram of a stream: a line, so many bytes, what a length of two bytes "
          "before it says, a line of text that stands for it, or what is read at once (none); the "
          "default is as the kind of socket has it")
      .type_name("line|chunk=SIZE|length|hex|can|bcm|none")
      .group(group);
  options
      .add_flag("--oob", &flags.oob, "Send urgent (out-of-band) bytes: the last one of each write")
      .group(group);
  options.add_option("--route", &flags.route, "How bytes travel: automatic, buffer, kernel")
      .hidden();
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
  refuse_idle(flags);
  shape_both(plan, flags);
  if (flags.crlf && plan.out_shape.framing.kind != io::Framing::Kind::none)
    throw UsageError("--crlf and --framing: only one of them can be given");
  if (flags.recv_size) {
    plan.recv_size = value_of("--recv-size", *flags.recv_size,
                              [](auto text) { return parse_size(text, 1, 16 * 1024 * 1024); });
  }
  plan.oob = flags.oob;
  if (flags.route) plan.route = value_of("--route", *flags.route, parse_route);
  return plan;
}

bool kernel_may_encrypt(const DataPlan& plan) noexcept {
  return plan.shutdown && plan.route != io::Flow::Route::buffer;
}

io::EndRule end_rule(const DataPlan& plan, const Limits& limits, const Circumstances& now) {
  const bool counted = plan.in_shape.max_messages != io::Shape::unlimited;
  const bool ends_with_input =
      now.endless && !now.listening && plan.out && !limits.linger && !counted;
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
  options.out_shape = plan.out_shape;
  options.in_shape = plan.in_shape;
  options.route = plan.route;
  if (plan.recv_size) {
    options.buffer_size = options.message_size = *plan.recv_size;
    options.whole_message = *plan.recv_size;
    options.route = io::Flow::Route::buffer;
  }
  if (limits.deadline) options.deadline = start + *limits.deadline;
  return options;
}

}  // namespace sock::cmd
