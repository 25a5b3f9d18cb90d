#include "cmd/probe.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "cmd/exec.hpp"
#include "cmd/probe_data.hpp"
#include "cmd/probe_targets.hpp"
#include "cmd/probe_text.hpp"
#include "cmd/run_command.hpp"
#include "cmd/secure.hpp"
#include "cmd/session.hpp"
#include "cmd/show.hpp"
#include "cmd/values.hpp"
#include "cmd/waiting.hpp"

namespace sock::cmd {
namespace {

constexpr std::size_t usual_jobs = 100;
// A probe that waited as long as the system does would take minutes for each silent port.
constexpr std::chrono::seconds usual_timeout{3};

std::vector<std::string> words_of(const ConnectFlags& flags) {
  std::vector<std::string> words{flags.address};
  if (flags.port) words.push_back(*flags.port);
  words.insert(words.end(), flags.probe.more.begin(), flags.probe.more.end());
  return words;
}

// What is said where nothing is said.
void refuse_talk(const ConnectFlags& flags) {
  if (flags.proxy.announcement || flags.proxy.pass_fd)
    throw UsageError("--probe, --proxy-protocol and --pass-fd: a probe says nothing");
  if (flags.dial.reconnect) throw UsageError("--probe and --reconnect: a probe keeps nothing");
  if (flags.time.idle_timeout || flags.time.linger || data_plan(flags.data) != DataPlan{})
    throw UsageError("--probe: nothing is sent or received, so no option says how");
  if (flags.show.progress || flags.show.dump || flags.show.record)
    throw UsageError("--probe: nothing is sent or received, so there is nothing to be shown");
}

// The options are the same for all targets with which TLS is spoken; only their names differ.
void add_tls(const ConnectFlags& flags, ProbePlan& plan) {
  for (const wire::Endpoint& target : plan.task.targets) {
    std::optional<std::string> name;
    if (flags.tls.tls || is_tls(target)) {
      auto part =
          tls_part(flags.tls, wire::TlsPlan::Side::client, target, socket_choice(flags.socket));
      if (plan.tls && plan.tls->plan.datagrams != part->plan.datagrams)
        throw UsageError("--probe: TLS over streams or over datagrams, one run probes one of them");
      name = part->peer_name;
      plan.tls = std::move(part);
    }
    plan.task.tls_names.push_back(std::move(name));
  }
  if (!plan.tls) refuse_without_tls(flags.tls);
}

// In the order of the targets.
class Report {
 public:
  Report(const Console& console, Show& show, const ProbePlan& plan)
      : console_(console), show_(show), plan_(plan), results_(plan.task.targets.size()) {}

  void add(std::size_t target, const ProbeResult& result) {
    results_[target] = result;
    ++known_;
    if (result.state == PortState::open) ++open_;
    show_.probed({.target = result.target,
                  .state = text(result.state),
                  .address = result.address,
                  .error = result.note,
                  .look_up = result.look_up,
                  .took = result.time,
                  .exit_code = code(result.exit)});
    if (plan_.json && plan_.command.empty()) console_.data(json_text(result));
  }

  std::string so_far(std::chrono::nanoseconds time) const {
    return fmt::format("probing for {}: {} of {} known, {} open", show_duration(time), known_,
                       results_.size(), open_);
  }

  // Exit::done: the condition holds. Where a command would have been run its output is not ours,
  // and what was missing is an error.
  Exit conclude() const {
    std::vector<ProbeResult> known;
    for (const auto& result : results_)
      if (result) known.push_back(*result);
    if (plan_.command.empty() && !plan_.json) console_.data(table_text(known));
    const Exit exit = exit_of(known, plan_.task.any);
    if (exit == Exit::done || plan_.command.empty()) return exit;
    for (const ProbeResult& result : known)
      if (result.state != PortState::open) console_.failed(exit, line_text(result));
    return exit;
  }

 private:
  const Console& console_;
  Show& show_;
  const ProbePlan& plan_;
  std::vector<std::optional<ProbeResult>> results_;
  std::size_t known_ = 0, open_ = 0;
};

Exit probe(const ProbePlan& plan, Console& console) {
  Show show(plan.show, console);
  const std::optional<Tls> tls = set_up_tls(plan.tls);
  Session session;
  Report report(console, show, plan);
  const auto now = io::Clock::now();
  session.when_asked([&] { console.answer(report.so_far(io::Clock::now() - now)); });
  const auto until = try_until(plan.wait, plan.deadline, now, now);
  const Prober prober(
      session.loop(), plan.task, tls ? std::optional(tls->context) : std::nullopt, until, show,
      [&](std::size_t target, const ProbeResult& result) { report.add(target, result); },
      [&] { session.stop(); });
  session.run();
  session.check();
  const Exit exit = report.conclude();
  const bool over = until && io::Clock::now() + wire::Backoff::shortest >= until->at;
  if (exit == Exit::done || !over) return exit;
  console.failed(Exit::timed_out, "probe: " + until->name + " is over");
  return Exit::timed_out;
}

}  // namespace

ProbePlan probe_plan(const ConnectFlags& flags,
                     const std::optional<std::vector<std::string>>& command,
                     Timeout default_timeout) {
  if (!flags.probe.probe)
    throw UsageError("--any, --all, --probe-data, --jobs and further targets: with --probe");
  if (flags.probe.any && flags.probe.all)
    throw UsageError("--any and --all: only one of them can be given");
  refuse_talk(flags);
  if (flags.socket.nonblocking) throw UsageError("--probe and --nonblocking: nobody gets a socket");
  ProbePlan plan;
  const std::vector<std::string> words = words_of(flags);
  plan.task.targets = parse_targets(words);
  add_tls(flags, plan);
  wire::DialPlan& dial = plan.task.dial;
  dial.choice = socket_choice(flags.socket);
  for (const std::string& word : words) refuse_contradiction(word, dial.choice);
  dial.target = plan.task.targets.front();
  dial.options = socket_options(flags.socket, dial.target);
  add_to_plan(flags.dial, dial);
  dial.proxy = proxy_plan(flags.proxy);
  for (const wire::Endpoint& target : plan.task.targets)
    if (goes_through(dial.proxy, target, dial.choice) && sends_datagrams(target, dial.choice))
      throw UsageError("--probe and --proxy: datagrams are not probed through a proxy");
  const Limits limits = limits_of(flags.time, default_timeout);
  dial.timeout = limits.timeout.value() ? limits.timeout : Timeout(usual_timeout);
  plan.wait = limit_of("--wait", flags.dial.wait);
  plan.deadline = limits.deadline;
  if (flags.probe.data)
    plan.task.data = value_of("--probe-data", *flags.probe.data, parse_probe_data);
  plan.task.any = flags.probe.any;
  plan.task.retries = plan.wait.has_value();
  plan.task.jobs = usual_jobs;
  if (flags.probe.jobs)
    plan.task.jobs = static_cast<std::size_t>(value_of(
        "--jobs", *flags.probe.jobs, [](auto text) { return parse_number(text, 1, 10'000); }));
  plan.json = flags.show.json;
  plan.show = show_plan(flags.show);
  plan.command = command_of(command);
  return plan;
}

int run(const ProbePlan& plan, Console& console) {
  const Exit exit = probe(plan, console);
  if (exit == Exit::done && !plan.command.empty()) become(plan.command);
  return code(exit);
}

}  // namespace sock::cmd
