// The programs of one run: signals are passed on to them, and a limit ends them.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/session.hpp"
#include "io/child.hpp"

namespace sock::cmd {

class Children {
 public:
  explicit Children(Session&);
  ~Children();
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  // With the socket as standard input and output. Throws CommandError.
  void start(const std::vector<std::string>& argv, FdRef socket,
             std::vector<std::pair<std::string, std::string>> environment = {});

  // Until all have ended. Throws Interrupted when a signal came.
  void wait();
  // Ends them when that moment comes.
  void end_at(io::Clock::time_point);
  // Called once they have.
  void when_all_ended(std::function<void()> callback) { all_ended_ = std::move(callback); }
  // SIGTERM to all that run, SIGKILL two seconds later.
  void end();

  bool timed_out() const noexcept { return timed_out_; }
  // The code of the first that failed, in time, else 0; after wait().
  int first_failure() const noexcept { return first_failure_; }

 private:
  struct One {
    io::Child child;
    std::optional<io::ExitStatus> status;
  };
  void kill(int signal) noexcept;

  Session& session_;
  std::deque<One> all_;  // stable: callbacks point into it
  std::size_t running_ = 0;
  std::function<void()> all_ended_;
  bool waiting_ = false;
  bool timed_out_ = false;
  int first_failure_ = 0;
  io::Timer deadline_, last_resort_;
};

}  // namespace sock::cmd
