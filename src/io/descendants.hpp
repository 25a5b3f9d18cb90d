// The processes that this one has started, directly or not, and what is left of them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sock/fd.hpp"

namespace sock::io {

// What /proc/PID/stat says of a process, as far as it matters here; proc(5).
struct ProcessStat {
  char state = 0;  // 'Z' and 'X': it has ended
  pid_t parent = 0, session = 0;
  std::uint64_t started = 0;  // with the number it names the process for good

  bool ended() const noexcept { return state == 'Z' || state == 'X'; }
  bool operator==(const ProcessStat&) const = default;
};

// Nothing where the text is none. Pure.
std::optional<ProcessStat> parse_process_stat(std::string_view);
// That file, open. Nothing where the process is gone.
std::optional<ProcessStat> read_process_stat(FdRef);

// From now on a process whose parent has ended becomes a child of this one, if this one is above
// it (PR_SET_CHILD_SUBREAPER): so it stays a descendant. Throws Error.
void adopt_orphans();

// Reaps the children that have ended, whoever started them: only where no Child runs. Is any left?
bool reap_adopted() noexcept;

struct Descendant {
  pid_t pid = 0;
  Fd pidfd;
};

// Those that run and are in our session; one that has made a session of its own (setsid(2), a
// daemon) wants to stay when we go, and is none of these.
std::vector<Descendant> descendants();

// By a pidfd; nothing once the process has ended.
void send_signal(FdRef pidfd, int signal) noexcept;

}  // namespace sock::io
