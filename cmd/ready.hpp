// Telling others that connections are taken now: scripts and service managers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sock/socket.hpp"

namespace sock::cmd {

struct ReadyPlan {
  std::optional<int> fd = {};
  std::string file = {};
};

// Says it when made, and at the end that it is over; the file is removed then.
class Ready {
 public:
  // The addresses go to the descriptor, which is closed then (but for 0 to 2), and to the file,
  // one on a line; the file is there with all of them or not at all. Where the environment names a
  // NOTIFY_SOCKET it is told too (sd_notify(3)), and programs that are run do not inherit it.
  // Throws Error.
  Ready(const ReadyPlan&, const std::vector<std::string>& addresses);
  ~Ready();
  Ready(const Ready&) = delete;
  Ready& operator=(const Ready&) = delete;

  // The run begins to end. Said once.
  void stopping() noexcept;

 private:
  void notify(const char* state) noexcept;
  std::string file_;
  std::optional<Socket> notified_;  // connected: the run may not be let to do that any more
};

}  // namespace sock::cmd
