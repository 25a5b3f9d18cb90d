// sock pair: flags to plan, plan to run.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cmd/commands.hpp"

namespace sock::cmd {

struct PairFlags {
  std::vector<std::string> lines;
  std::optional<std::string> type, deadline;
};

struct PairPlan {
  int type = 0;  // SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
  // Two, each with an end of the pair; or one, whose other end is our standard input and output.
  std::vector<std::vector<std::string>> commands;
  std::optional<std::chrono::nanoseconds> deadline;
};

// Pure. Throws UsageError.
PairPlan plan(const PairFlags&, const std::optional<std::vector<std::string>>& command);

int run(const PairPlan&, Console&);

}  // namespace sock::cmd
