#include "cmd/children.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>

#include "cmd/exit.hpp"
#include "cmd/explain.hpp"

namespace sock::cmd {
namespace {

io::Child start_child(const io::ChildPlan& plan) try {
  return io::Child(plan);
} catch (const Error& error) {
  const bool missing = error.code() == std::errc::no_such_file_or_directory;
  throw CommandError(missing ? Exit::no_such_command : Exit::cannot_run,
                     explain(error) + (missing ? "; no such command" : ""));
}

}  // namespace

Children::Children(Session& session) : session_(session) {
  session_.pass_signals_to([this](int signal) {
    kill(signal);
    if (running_ == 0) session_.stop();
  });
}

Children::~Children() { session_.pass_signals_to(nullptr); }

void Children::start(const std::vector<std::string>& argv, FdRef socket,
                     std::vector<std::pair<std::string, std::string>> environment) {
  io::ChildPlan plan;
  plan.argv = argv;
  plan.fds = {{socket, 0}, {socket, 1}};
  plan.environment = std::move(environment);
  One& one = all_.emplace_back(One{start_child(plan), std::nullopt});
  ++running_;
  one.child.on_exit(session_.loop(), [this, &one](io::ExitStatus status) {
    one.status = status;
    if (first_failure_ == 0) first_failure_ = status.shell_code();
    if (--running_ != 0) return;
    if (all_ended_) all_ended_();
    if (waiting_) session_.stop();
  });
}

void Children::wait() {
  waiting_ = true;
  while (running_ != 0) session_.run();
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
  kill(SIGTERM);
  last_resort_ = session_.loop().after(std::chrono::seconds(2), [this] { kill(SIGKILL); });
}

void Children::kill(int signal) noexcept {
  for (One& one : all_)
    if (!one.status) one.child.kill(signal);
}

}  // namespace sock::cmd
