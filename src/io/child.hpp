// Programs that are run: started with descriptors and variables of their own, their end an event.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/loop.hpp"
#include "sock/fd.hpp"

namespace sock::io {

struct ChildPlan {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  std::string file = {};          // where that was found before; empty: to be looked up
  // (ours, theirs): what the program has as descriptor `theirs`; any two may be the same number.
  // Others are not inherited but 0, 1 and 2.
  std::vector<std::pair<FdRef, int>> fds;
  std::vector<std::pair<std::string, std::string>> environment;  // replaces or adds to ours
  std::optional<rlim_t> open_files = {};  // its soft limit of open files, where it is not ours
};

// How a program ended: its code, or the signal that ended it.
struct ExitStatus {
  int code = 0;
  int signal = 0;
  int shell_code() const noexcept { return signal ? 128 + signal : code; }
};

// A running program. Its end is reaped, once, here. Destroying it while it runs leaves it running.
class Child {
 public:
  // Throws Error: ENOENT not found, EACCES cannot be run. Signals have their default action and
  // none is blocked in the new program.
  // An empty argv: std::invalid_argument.
  explicit Child(const ChildPlan&);
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;
  ~Child();

  pid_t pid() const noexcept;
  const std::string& file() const noexcept;  // that it runs
  void kill(int signal) noexcept;            // nothing once it has ended
  // Blocks until it ends.
  ExitStatus wait();
  // Calls back from the loop, once, when it has ended.
  void on_exit(Loop&, std::function<void(ExitStatus)>);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// {"/bin/sh", "-c", line}
std::vector<std::string> shell_command(std::string line);

}  // namespace sock::io
