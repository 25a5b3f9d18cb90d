#include "io/child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>

#include "sock/error.hpp"

namespace sock::io {

namespace {

// posix_spawn's functions return an errno.
void check(int err, const std::string& subject) {
  if (err != 0) throw_errno(err, "run", subject);
}

// What happens to descriptors between fork and exec.
class FileActions {
 public:
  explicit FileActions(const ChildPlan& plan) {
    const std::string& subject = plan.argv.front();
    int highest = 2;
    std::set<int> targets;
    for (const auto& [ours, theirs] : plan.fds) {
      highest = std::max(highest, theirs);
      targets.insert(theirs);
    }
    check(::posix_spawn_file_actions_init(&actions_), subject);
    try {
      // Copies above every target, so that no dup2 overwrites a source that is still needed, and
      // source and target always differ: then dup2 clears close-on-exec.
      for (const auto& [ours, theirs] : plan.fds) {
        const Fd& copy = copies_.emplace_back(::fcntl(ours.get(), F_DUPFD_CLOEXEC, highest + 1));
        if (!copy) {
          const int err = errno;
          throw_errno(err, "run", subject);
        }
        check(::posix_spawn_file_actions_adddup2(&actions_, copy.get(), theirs), subject);
      }
      for (int fd = 3; fd < highest; ++fd)
        if (!targets.contains(fd))
          check(::posix_spawn_file_actions_addclose(&actions_, fd), subject);
      check(::posix_spawn_file_actions_addclosefrom_np(&actions_, highest + 1), subject);
    } catch (...) {
      ::posix_spawn_file_actions_destroy(&actions_);
      throw;
    }
  }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
  std::vector<Fd> copies_;
};

// Every signal has its default action, and none is blocked.
class Attributes {
 public:
  explicit Attributes(const std::string& subject) {
    check(::posix_spawnattr_init(&attributes_), subject);
    sigset_t set;
    sigemptyset(&set);
    ::posix_spawnattr_setsigmask(&attributes_, &set);
    sigfillset(&set);
    ::posix_spawnattr_setsigdefault(&attributes_, &set);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// Ours without the variables that are replaced, then those.
std::vector<std::string> environment_for(const ChildPlan& plan) {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(plan.environment.begin(), plan.environment.end(),
                                      [name](const auto& v) { return v.first == name; });
    if (!replaced) result.emplace_back(text);
  }
  for (const auto& [name, value] : plan.environment) result.push_back(name + '=' + value);
  return result;
}

// The form that exec wants; good as long as `strings` is.
std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& s : strings) result.push_back(s.data());
  result.push_back(nullptr);
  return result;
}

// While this is there, programs that are started get that soft limit: they inherit ours of the
// moment.
class OpenFiles {
 public:
  explicit OpenFiles(std::optional<rlim_t> soft) noexcept {
    if (!soft || ::getrlimit(RLIMIT_NOFILE, &before_) != 0) return;
    const rlimit changed{*soft, before_.rlim_max};
    changed_ = *soft != before_.rlim_cur && ::setrlimit(RLIMIT_NOFILE, &changed) == 0;
  }
  ~OpenFiles() {
    if (changed_) ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;

 private:
  rlimit before_{};
  bool changed_ = false;
};

pid_t spawn(const ChildPlan& plan) {
  if (plan.argv.empty()) throw std::invalid_argument("a program to run has no name");
  const FileActions actions(plan);
  const Attributes attributes(plan.argv.front());
  auto arguments = plan.argv;
  auto environment = environment_for(plan);
  const OpenFiles limit(plan.open_files);
  pid_t pid = -1;
  check(::posix_spawnp(&pid, plan.argv.front().c_str(), actions.get(), attributes.get(),
                       pointers(arguments).data(), pointers(environment).data()),
        plan.argv.front());
  return pid;
}

// By number: glibc 2.36 declares pidfd_open and pidfd_send_signal without C linkage.
Fd open_pidfd(pid_t pid) noexcept {
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
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
  explicit State(const ChildPlan& plan) : pid(spawn(plan)), pidfd(open_pidfd(pid)) {
    if (pidfd) return;
    const int err = errno;
    siginfo_t info{};
    ::kill(pid, SIGKILL);
    wait_for(pid, info);
    throw_errno(err, "pidfd_open", plan.argv.front());
  }

  ExitStatus reap() {
    if (status) return *status;
    siginfo_t info{};
    if (const int err = wait_for(pid, info)) throw_errno(err, "wait", std::to_string(pid));
    status.emplace();
    (info.si_code == CLD_EXITED ? status->code : status->signal) = info.si_status;
    return *status;
  }

  pid_t pid;
  Fd pidfd;
  Watch watch;
  std::optional<ExitStatus> status;
};

Child::Child(const ChildPlan& plan) : state_(std::make_unique<State>(plan)) {}
Child::Child(Child&&) noexcept = default;
Child& Child::operator=(Child&&) noexcept = default;
Child::~Child() = default;

pid_t Child::pid() const noexcept { return state_->pid; }

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
