#include "cmd/children.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "cmd/exit.hpp"
#include "cmd/explain.hpp"

namespace sock::cmd {
namespace {

// From one attempt to end programs to the next, harder one.
constexpr std::chrono::seconds patience{2};

io::Child start_child(const io::ChildPlan& plan) try {
  return io::Child(plan);
} catch (const Error& error) {
  const bool missing = error.code() == std::errc::no_such_file_or_directory;
  throw CommandError(missing ? Exit::no_such_command : Exit::cannot_run,
                     explain(error) + (missing ? "; no such command" : ""));
}

}  // namespace

Children::Children(Session& session, Leftovers leftovers, io::Observer* observer)
    : session_(session), leftovers_(leftovers), observer_(observer) {
  if (leftovers_ == Leftovers::end) io::adopt_orphans();
  session_.pass_signals_to([this](io::Signal signal) { on_signal(signal); });
}

Children::~Children() { session_.pass_signals_to(nullptr); }

void Children::start(const io::ChildPlan& plan, std::string name) {
  const std::size_t index = all_.size();
  One& one =
      all_.emplace_back(One{std::move(name), start_child(plan), io::Clock::now(), std::nullopt});
  ++running_;
  gone_ = false;
  if (observer_) observer_->started(describe(index));
  one.child.on_exit(session_.loop(),
                    [this, index](io::ExitStatus status) { on_end(index, status); });
}

void Children::start(const std::vector<std::string>& argv, FdRef socket,
                     std::vector<std::pair<std::string, std::string>> environment) {
  io::ChildPlan plan;
  plan.argv = argv;
  plan.fds = {{socket, 0}, {socket, 1}};
  plan.environment = std::move(environment);
  start(plan, argv.front());
}

io::Program Children::describe(std::size_t index) const {
  const One& one = all_[index];
  return {.number = index + 1, .command = one.name, .pid = one.child.pid()};
}

void Children::wait() {
  waiting_ = true;
  while (!gone_ && !all_.empty()) session_.run();
  waiting_ = false;
  session_.check();
}

void Children::end_at(io::Clock::time_point moment) {
  deadline_ = session_.loop().at(moment, [this] {
    timed_out_ = true;
    end();
  });
}

void Children::end() {
  if (std::exchange(ending_, true)) return;
  kill(SIGTERM);
  last_resort_ = session_.loop().after(patience, [this] {
    killing_ = true;
    kill(SIGKILL);
    // Some may not be ours to kill (set-user-ID programs).
    last_resort_ = session_.loop().after(patience, [this] {
      given_up_ = true;
      if (running_ == 0 && !gone_) wait_for_leftovers();
    });
  });
}

void Children::on_signal(io::Signal signal) {
  // What a key at the terminal sends reaches them by itself, and some count how often.
  if (!signal.from_terminal) kill(signal.number);
  if (gone_ || all_.empty())
    session_.stop();
  else if (leftovers_ == Leftovers::end)
    patience_ = session_.loop().after(patience, [this] { end(); });
}

void Children::on_end(std::size_t index, io::ExitStatus status) {
  One& one = all_[index];
  one.status = status;
  ended_.push_back({status.shell_code(), overdue_});
  if (observer_) observer_->exited(describe(index), status, io::Clock::now() - one.started);
  if (one_ended_) one_ended_(index);
  if (--running_ == 0) {
    grace_timer_ = io::Timer();
    if (leftovers_ == Leftovers::end) return wait_for_leftovers();
    return all_gone();
  }
  if (!grace_ || grace_timer_) return;
  grace_timer_ = session_.loop().after(*grace_, [this] {
    overdue_ = true;
    end();
  });
}

// Looks again when all that it has seen have ended: they may have started others.
void Children::wait_for_leftovers() {
  watches_.clear();
  left_.clear();
  if (!io::reap_adopted() || given_up_) return all_gone();
  left_ = io::descendants();
  if (left_.empty()) {
    io::reap_adopted();  // those that have ended since: not every init does it soon
    return all_gone();
  }
  if (killing_) kill(SIGKILL);
  if (!ending_ && !patience_) patience_ = session_.loop().after(patience, [this] { end(); });
  left_running_ = left_.size();
  for (std::size_t i = 0; i < left_.size(); ++i)
    watches_.push_back(session_.loop().watch(left_[i].pidfd, io::Interest::read,
                                             "process that is left", [this, i](io::Ready) {
                                               watches_[i] = io::Watch();
                                               if (--left_running_ == 0) wait_for_leftovers();
                                               return true;
                                             }));
}

void Children::all_gone() {
  gone_ = true;
  if (all_ended_) all_ended_();
  if (waiting_) session_.stop();
}

void Children::kill(int signal) noexcept {
  for (One& one : all_)
    if (!one.status) one.child.kill(signal);
  if (leftovers_ == Leftovers::leave) return;
  for (const io::Descendant& one : io::descendants())
    if (!is_own(one.pid)) io::send_signal(one.pidfd, signal);
}

bool Children::is_own(pid_t pid) const noexcept {
  return std::any_of(all_.begin(), all_.end(),
                     [pid](const One& one) { return !one.status && one.child.pid() == pid; });
}

}  // namespace sock::cmd
