#include "io/child.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

#include "io/spawn.hpp"
#include "sock/error.hpp"

namespace sock::io {

namespace {

// The descriptors that a program gets. Those of ours that stand where it is to have one are copied
// out of the way first.
class Descriptors {
 public:
  explicit Descriptors(const ChildPlan& plan) : pairs_(plan.fds) {
    int highest = 2;
    for (const auto& [ours, theirs] : pairs_) highest = std::max(highest, theirs);
    for (auto& [ours, theirs] : pairs_) {
      if (ours.get() > highest) continue;
      const Fd& copy = copies_.emplace_back(::fcntl(ours.get(), F_DUPFD_CLOEXEC, highest + 1));
      if (!copy) {
        const int err = errno;
        throw_errno(err, "run", plan.argv.front());
      }
      ours = copy;
    }
  }
  std::span<const std::pair<FdRef, int>> pairs() const noexcept { return pairs_; }

 private:
  std::vector<std::pair<FdRef, int>> pairs_;
  std::vector<Fd> copies_;
};

// In the form that exec wants; good as long as the plan is, and what `own` holds.
std::vector<char*> arguments_of(const ChildPlan& plan) {
  std::vector<char*> result;
  for (const std::string& argument : plan.argv)
    result.push_back(const_cast<char*>(argument.c_str()));
  result.push_back(nullptr);
  return result;
}

// Ours without the variables that are replaced, then those.
std::vector<char*> environment_of(const ChildPlan& plan, std::vector<std::string>& own) {
  std::vector<char*> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(plan.environment.begin(), plan.environment.end(),
                                      [name](const auto& v) { return v.first == name; });
    if (!replaced) result.push_back(*variable);
  }
  own.reserve(plan.environment.size());
  for (const auto& [name, value] : plan.environment)
    result.push_back(own.emplace_back(name + '=' + value).data());
  result.push_back(nullptr);
  return result;
}

// Where a program of this name may be, as execvpe(3) looks for it in its environment.
std::vector<std::string> files_of(const ChildPlan& plan, const std::vector<char*>& environment) {
  const std::string& name = plan.argv.front();
  if (!plan.file.empty()) return {plan.file};
  if (name.find('/') != std::string::npos) return {name};
  std::string_view rest = "/bin:/usr/bin";
  constexpr std::string_view path = "PATH=";
  for (const char* variable : environment)
    if (variable != nullptr && std::string_view(variable).starts_with(path))
      rest = variable + path.size();
  std::vector<std::string> files;
  for (bool more = true; more;) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const std::string_view folder = rest.substr(0, colon);
    files.push_back(folder.empty() ? name : std::string(folder) + '/' + name);
    more = colon != rest.size();
    rest.remove_prefix(more ? colon + 1 : colon);
  }
  return files;
}

int wait_for(pid_t pid, siginfo_t& info) noexcept {
  for (;;) {
    if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) == 0) return 0;
    const int err = errno;
    if (err != EINTR) return err;
  }
}

}  // namespace

struct Child::State {
  explicit State(const ChildPlan& plan) {
    if (plan.argv.empty()) throw std::invalid_argument("a program to run has no name");
    const std::vector<char*> arguments = arguments_of(plan);
    std::vector<std::string> own;
    const std::vector<char*> environment = environment_of(plan, own);
    const std::vector<std::string> files = files_of(plan, environment);
    const Descriptors descriptors(plan);
    Spawned spawned = spawn({.files = files,
                             .argv = arguments.data(),
                             .environment = environment.data(),
                             .fds = descriptors.pairs(),
                             .open_files = plan.open_files});
    pid = spawned.pid;
    pidfd = std::move(spawned.pidfd);
    file = files[spawned.file];
  }

  ExitStatus reap() {
    if (status) return *status;
    siginfo_t info{};
    if (const int err = wait_for(pid, info)) throw_errno(err, "wait", std::to_string(pid));
    status.emplace();
    (info.si_code == CLD_EXITED ? status->code : status->signal) = info.si_status;
    return *status;
  }

  pid_t pid = -1;
  Fd pidfd;
  std::string file;
  Watch watch;
  std::optional<ExitStatus> status;
};

Child::Child(const ChildPlan& plan) : state_(std::make_unique<State>(plan)) {}
Child::Child(Child&&) noexcept = default;
Child& Child::operator=(Child&&) noexcept = default;
Child::~Child() = default;

pid_t Child::pid() const noexcept { return state_->pid; }
const std::string& Child::file() const noexcept { return state_->file; }

void Child::kill(int signal) noexcept {
  // By pidfd: the number may be another process's once this one is reaped.
  ::syscall(SYS_pidfd_send_signal, state_->pidfd.get(), signal, nullptr, 0);
}

ExitStatus Child::wait() { return state_->reap(); }

void Child::on_exit(Loop& loop, std::function<void(ExitStatus)> callback) {
  state_->watch = loop.watch(state_->pidfd, Interest::read, "child",
                             [state = state_.get(), callback = std::move(callback)](Ready) {
                               const ExitStatus status = state->reap();
                               state->watch = {};
                               callback(status);  // may destroy the Child
                               return true;
                             });
}

std::vector<std::string> shell_command(std::string line) {
  return {"/bin/sh", "-c", std::move(line)};
}

}  // namespace sock::io
