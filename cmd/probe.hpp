// sock connect --probe: which targets are open? Flags to plan, plan to run.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cmd/connect.hpp"
#include "cmd/console.hpp"
#include "cmd/flags_show.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/prober.hpp"

namespace sock::cmd {

struct ProbePlan {
  ProbeTask task;
  std::optional<TlsPart> tls;  // spoken with those targets that have a name in the task
  std::optional<std::chrono::nanoseconds> wait, deadline;
  bool json = false;                 // the results
  ShowPlan show;                     // the events alone
  std::vector<std::string> command;  // to run when the condition holds
};

// Pure. Throws UsageError, EndpointError.
ProbePlan probe_plan(const ConnectFlags&, const std::optional<std::vector<std::string>>& command,
                     Timeout default_timeout);

// Never returns where a command is run. Throws CommandError, Interrupted.
int run(const ProbePlan&, Console&);

}  // namespace sock::cmd
