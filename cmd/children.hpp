// The programs of one run: signals are passed on to them, and limits end them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/exit_rule.hpp"
#include "cmd/session.hpp"
#include "io/child.hpp"
#include "io/descendants.hpp"
#include "io/observer.hpp"

namespace sock::cmd {

class Children {
 public:
  // What they have started and left running when they end.
  enum class Leftovers : std::uint8_t {
    leave,  // is none of our affair
    end,    // is waited for, two seconds long, and then ended
  };
  // The observer is borrowed.
  explicit Children(Session&, Leftovers = Leftovers::leave, io::Observer* = nullptr);
  ~Children();
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  // Throws CommandError. `name`: what it is called in talk.
  void start(const io::ChildPlan&, std::string name);
  // With the socket as standard input and output.
  void start(const std::vector<std::string>& argv, FdRef socket,
             std::vector<std::pair<std::string, std::string>> environment = {});

  // Until all have ended. Throws Interrupted when a signal came.
  void wait();
  // Ends them when that moment comes.
  void end_at(io::Clock::time_point);
  // Ends the others when the first of them has ended so long ago.
  void end_others_after(std::chrono::nanoseconds grace) { grace_ = grace; }
  // Called when one has ended, with its number from 0; and when all have, and what they left.
  void when_one_ended(std::function<void(std::size_t)> callback) {
    one_ended_ = std::move(callback);
  }
  void when_all_ended(std::function<void()> callback) { all_ended_ = std::move(callback); }
  // SIGTERM to all that run, SIGKILL two seconds later. Once.
  void end();

  bool timed_out() const noexcept { return timed_out_; }
  // In the order in which they ended.
  const std::vector<Ended>& ended() const noexcept { return ended_; }
  // The code of the first that failed, in time, else 0; after wait().
  int first_failure() const noexcept { return exit_code(ExitRule::failed, ended_); }

 private:
  struct One {
    std::string name;
    io::Child child;
    io::Clock::time_point started;
    std::optional<io::ExitStatus> status;
  };
  io::Program describe(std::size_t index) const;
  void on_signal(io::Signal);
  void on_end(std::size_t index, io::ExitStatus);
  void wait_for_leftovers();
  void all_gone();
  void kill(int signal) noexcept;
  bool is_own(pid_t) const noexcept;

  Session& session_;
  Leftovers leftovers_;
  io::Observer* observer_;
  std::deque<One> all_;  // stable: callbacks point into it
  std::size_t running_ = 0;
  std::vector<Ended> ended_;
  std::optional<std::chrono::nanoseconds> grace_;
  std::function<void(std::size_t)> one_ended_;
  std::function<void()> all_ended_;
  bool waiting_ = false;
  bool gone_ = false;  // all of them, and what they left
  bool timed_out_ = false;
  bool overdue_ = false;  // the grace is over
  bool ending_ = false, killing_ = false, given_up_ = false;
  io::Timer deadline_, grace_timer_, patience_, last_resort_;
  std::vector<io::Descendant> left_;
  std::vector<io::Watch> watches_;  // of those
  std::size_t left_running_ = 0;
};

}  // namespace sock::cmd
