// sock pair: flags to plan, plan to run.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/commands.hpp"
#include "cmd/exit_rule.hpp"
#include "cmd/flags_show.hpp"

namespace sock::cmd {

struct PairFlags {
  std::vector<std::string> lines;
  std::optional<std::string> type, family, buffer, fd;
  bool pipes = false;
  std::optional<std::string> tee, limit_rate;
  ShowFlags show;
  std::optional<std::string> deadline, grace, exit;
};

// What joins two ends, and as which descriptors a program has its own.
struct JoinPlan {
  bool pipes = false;
  int family = 0;                            // not of pipes
  int type = 0;                              // SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
  std::vector<int> fds = {0, 1};             // of pipes: to read from, to write to
  std::optional<std::uint64_t> buffer = {};  // bytes
};

struct PairPlan {
  JoinPlan join;
  // Two, each with an end of the pair; or one, whose other end is our standard input and output.
  std::vector<std::vector<std::string>> commands;
  std::uint64_t rate = 0;  // bytes a second each way, 0: no limit
  ShowPlan show;
  std::optional<std::chrono::nanoseconds> deadline;
  std::optional<std::chrono::nanoseconds> grace;  // for the other, when one has ended
  ExitRule exit = ExitRule::failed;
};

// Pure. Throws UsageError.
PairPlan plan(const PairFlags&, const std::optional<std::vector<std::string>>& command);

int run(const PairPlan&, Console&);

}  // namespace sock::cmd
