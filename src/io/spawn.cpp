#include "io/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <memory>

#include "sock/error.hpp"

#ifdef __SANITIZE_THREAD__
// The other name of clone(2): ThreadSanitizer would take a call by the first for a fork, whose
// child has a memory of its own.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" int __clone(int (*)(void*), void*, int, void*, ...);
#endif

namespace sock::io {

namespace {

#ifdef __SANITIZE_THREAD__
constexpr auto start_child = &__clone;
#else
constexpr auto start_child = &::clone;
#endif

// What the child has of its parent, whose memory is its own until it runs the program.
struct Shared {
  const SpawnPlan& plan;
  const sigset_t& to_reset;
  rlimit open_files;
  bool limit_open_files;
  int highest;  // number that the program has
  std::size_t file = 0;
  int error = 0;
};

// Both make only system calls: whatever else they did would be done to the parent. Looked at by no
// sanitizer, for they run on a stack that is no thread's.
[[noreturn]] __attribute__((no_sanitize("address", "thread", "undefined"))) void fail(
    Shared& shared, int error) noexcept {
  shared.error = error;
  // Not _exit(2), which a sanitizer has its own of, with much to do before the end.
  for (;;) ::syscall(SYS_exit_group, 127);
}

__attribute__((no_sanitize("address", "thread", "undefined"))) int run_program(
    void* argument) noexcept {
  Shared& shared = *static_cast<Shared*>(argument);
  const SpawnPlan& plan = shared.plan;
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal)
    if (::sigismember(&shared.to_reset, signal) == 1) ::sigaction(signal, &by_default, nullptr);
  for (const std::pair<FdRef, int>& fd : plan.fds)
    if (::dup2(fd.first.get(), fd.second) < 0) fail(shared, errno);
  for (int number = 3; number <= shared.highest; ++number) {
    bool wanted = false;
    for (const std::pair<FdRef, int>& fd : plan.fds) wanted = wanted || fd.second == number;
    if (!wanted) ::close(number);
  }
  ::syscall(SYS_close_range, static_cast<unsigned>(shared.highest + 1), ~0U, 0);
  if (shared.limit_open_files) ::setrlimit(RLIMIT_NOFILE, &shared.open_files);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  int refused = 0;
  for (shared.file = 0; shared.file < plan.files.size(); ++shared.file) {
    ::execve(plan.files[shared.file].c_str(), plan.argv, plan.environment);
    const int error = errno;
    if (error != ENOENT && error != ENOTDIR && error != EACCES) fail(shared, error);
    if (error == EACCES) refused = error;
  }
  fail(shared, refused != 0 ? refused : ENOENT);
}

// Those that a program would not find with their default action: ignored ones stay so, and a
// handler could run between the end of their block and the program.
sigset_t not_by_default() noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_DFL)
      sigaddset(&set, signal);
  }
  return set;
}

// While this is there no signal reaches this thread.
class Undisturbed {
 public:
  Undisturbed() noexcept {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~Undisturbed() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;

 private:
  sigset_t before_;
};

// Of the child, until it runs the program: this thread waits that long. Kept for the next one, and
// not in the thread's own storage, which every start of ours would pay for.
struct alignas(16) Stack {
  std::array<std::byte, 32 * 1024> bytes;
};

}  // namespace

Spawned spawn(const SpawnPlan& plan) {
  const sigset_t to_reset = not_by_default();
  static thread_local const auto stack = std::make_unique_for_overwrite<Stack>();
  Shared shared{plan, to_reset, {}, false, 2};
  for (const std::pair<FdRef, int>& fd : plan.fds)
    shared.highest = std::max(shared.highest, fd.second);
  if (plan.open_files && ::getrlimit(RLIMIT_NOFILE, &shared.open_files) == 0) {
    shared.limit_open_files = shared.open_files.rlim_cur != *plan.open_files;
    shared.open_files.rlim_cur = *plan.open_files;
  }
  int pidfd = -1;
  pid_t pid = -1;
  int err = 0;
  {
    const Undisturbed undisturbed;
    pid = start_child(run_program, stack->bytes.data() + stack->bytes.size(),
                      CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &shared, &pidfd);
    err = errno;
  }
  if (pid < 0) throw_errno(err, "run", plan.argv[0]);
  Spawned spawned{pid, Fd(pidfd), shared.file};
  if (shared.error == 0) return spawned;
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  throw_errno(shared.error, "run", plan.argv[0]);
}

}  // namespace sock::io
