#include "support/syscalls.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace support {
namespace {

// No prctl(2) operations: the kernel refuses them, and the tracer sees them go by.
constexpr unsigned long marker_begin = 0x534f434b0001, marker_end = 0x534f434b0002;
constexpr int exit_threw = 70, exit_untraceable = 71;

[[noreturn]] void run_traced(const std::function<void()>& function) {
  ::alarm(10);
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(exit_untraceable);
  ::raise(SIGSTOP);
  try {
    ::syscall(SYS_prctl, marker_begin);
    function();
    ::syscall(SYS_prctl, marker_end);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "the traced function threw: %s\n", e.what());
    ::_exit(exit_threw);
  }
  ::_exit(0);
}

int wait_for(pid_t child) {
  int status;
  while (::waitpid(child, &status, 0) < 0) {
    const int err = errno;
    if (err != EINTR) throw std::system_error(err, std::generic_category(), "waitpid");
  }
  return status;
}

class Record {
 public:
  void entered(const __ptrace_syscall_info& info) {
    const bool marker = info.entry.nr == SYS_prctl;
    if (marker && info.entry.args[0] == marker_begin)
      recording_ = true;
    else if (marker && info.entry.args[0] == marker_end)
      recording_ = false;
    else if (recording_)
      calls_.push_back(static_cast<long>(info.entry.nr));
  }
  std::vector<long> calls() && { return std::move(calls_); }

 private:
  bool recording_ = false;
  std::vector<long> calls_;
};

}  // namespace

// The thread sanitizer's runtime makes calls of its own, and holds signals back.
#if defined(__SANITIZE_THREAD__)
constexpr bool traceable = false;
#elif defined(__has_feature)
constexpr bool traceable = !__has_feature(thread_sanitizer);
#else
constexpr bool traceable = true;
#endif

std::optional<std::vector<long>> system_calls(const std::function<void()>& function) {
  if (!traceable) return std::nullopt;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) run_traced(function);

  int status = wait_for(child);
  if (WIFSTOPPED(status))
    ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  Record record;
  int signal = 0;
  while (WIFSTOPPED(status)) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, signal);
    status = wait_for(child);
    if (!WIFSTOPPED(status)) break;
    const bool system_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
    signal = system_call ? 0 : WSTOPSIG(status);
    __ptrace_syscall_info info{};
    if (system_call && ::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) > 0 &&
        info.op == PTRACE_SYSCALL_INFO_ENTRY)
      record.entered(info);
  }
  if (WIFSIGNALED(status))
    throw std::runtime_error("the traced function was ended by signal " +
                             std::to_string(WTERMSIG(status)));
  if (WEXITSTATUS(status) == exit_untraceable) return std::nullopt;
  if (WEXITSTATUS(status) != 0) throw std::runtime_error("the traced function threw");
  return std::move(record).calls();
}

}  // namespace support
