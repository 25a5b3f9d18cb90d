// Starting a program: what posix_spawn(3) does, without what it costs where many are started.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "sock/fd.hpp"

namespace sock::io {

struct SpawnPlan {
  std::span<const std::string> files;  // tried in this order, until one of them runs
  char* const* argv;
  char* const* environment;
  // (ours, theirs): no number of ours is one of theirs. All others but 0, 1 and 2 are closed.
  std::span<const std::pair<FdRef, int>> fds;
  std::optional<rlim_t> open_files;  // its soft limit, where it is not ours
};

struct Spawned {
  pid_t pid;
  Fd pidfd;
  std::size_t file;  // the one that runs
};

// Signals have their default action in it, and none is blocked. Throws Error whose subject is
// argv[0]: that of the last file, or EACCES where one could not be run. Safe in several threads.
Spawned spawn(const SpawnPlan&);

}  // namespace sock::io
