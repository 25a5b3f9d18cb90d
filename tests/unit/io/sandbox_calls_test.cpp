#include "io/sandbox_calls.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>

#include <doctest/doctest.h>

#include "verdicts.hpp"

using namespace sock::io;

namespace {

constexpr std::uint32_t us = 4321;

enum Outcome { allowed, refused, missing, killed };

Outcome outcome(const Grants& grants, std::uint32_t call,
                std::array<std::uint64_t, 6> arguments = {}) {
  const ArgumentRule own_signals = ArgumentRule::one_of(0, {us});
  const auto filter = filter_program(calls_of(grants, own_signals), Refusal::with(EPERM));
  switch (verdicts::verdict(filter, {call, arguments})) {
    case SECCOMP_RET_ALLOW:
      return allowed;
    case SECCOMP_RET_ERRNO | EPERM:
      return refused;
    case SECCOMP_RET_ERRNO | ENOSYS:
      return missing;
    default:
      return killed;
  }
}

struct Row {
  const char* what;
  std::uint32_t call;
  std::array<std::uint64_t, 6> arguments;
  Outcome expected;
};

void check(const Grants& grants, std::initializer_list<Row> rows) {
  for (const Row& row : rows)
    CHECK_MESSAGE(outcome(grants, row.call, row.arguments) == row.expected, row.what);
}

}  // namespace

TEST_CASE("without grants bytes are moved between what is open, and nothing new is opened") {
  check({}, {{"read", SYS_read, {}, allowed},
             {"splice", SYS_splice, {}, allowed},
             {"sendmmsg", SYS_sendmmsg, {}, allowed},
             {"epoll_pwait", SYS_epoll_pwait, {}, allowed},
             {"openat", SYS_openat, {}, refused},
             {"unlinkat", SYS_unlinkat, {}, refused},
             {"socket", SYS_socket, {AF_UNIX}, refused},
             {"connect", SYS_connect, {}, refused},
             {"bind", SYS_bind, {}, refused},
             {"accept4", SYS_accept4, {}, refused},
             {"listen", SYS_listen, {}, refused},
             {"clone of a process", SYS_clone, {SIGCHLD}, refused},
             {"clone of a thread", SYS_clone, {CLONE_VM | CLONE_THREAD}, refused},
             {"clone3", SYS_clone3, {}, missing},
             {"execve", SYS_execve, {}, killed},
             {"ptrace", SYS_ptrace, {}, killed},
             {"io_uring_setup", SYS_io_uring_setup, {}, refused},
             {"kill", SYS_kill, {us}, refused},
             {"a call that is not yet known", 4000, {}, refused}});
}

TEST_CASE("arguments decide where a call does both: what is needed, and what is not") {
  check({}, {{"memory", SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE}, allowed},
             {"code", SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC}, refused},
             {"memory turned to code", SYS_mprotect, {0, 4096, PROT_EXEC}, refused},
             {"the terminal's size", SYS_ioctl, {0, TIOCGWINSZ}, allowed},
             {"typing into a terminal", SYS_ioctl, {0, TIOCSTI}, refused},
             {"our limits", SYS_prlimit64, {0}, allowed},
             {"those of another", SYS_prlimit64, {1}, refused},
             {"a signal for us", SYS_tgkill, {us, 5, SIGINT}, allowed},
             {"one for another", SYS_tgkill, {us + 1, 5, SIGINT}, refused}});
}

TEST_CASE("what is granted is let through") {
  check({.read = {"/etc"}}, {{"reading", SYS_openat, {0, 0, O_RDONLY | O_CLOEXEC}, allowed},
                             {"writing", SYS_openat, {0, 0, O_WRONLY}, refused},
                             {"making", SYS_openat, {0, 0, O_RDONLY | O_CREAT}, refused},
                             {"code", SYS_mmap, {0, 4096, PROT_EXEC}, refused}});
  check({.remove_in = {"/run"}},
        {{"unlinkat", SYS_unlinkat, {}, allowed}, {"openat", SYS_openat, {}, refused}});
  check({.accepts = true},
        {{"accept4", SYS_accept4, {}, allowed}, {"socket", SYS_socket, {}, refused}});
  check({.connects = true}, {{"socket", SYS_socket, {AF_INET}, allowed},
                             {"connect", SYS_connect, {}, allowed},
                             {"bind", SYS_bind, {}, allowed},
                             {"listen", SYS_listen, {}, refused}});
  check({.binds = true}, {{"listen", SYS_listen, {}, allowed}, {"bind", SYS_bind, {}, allowed}});
  check({.threads = true}, {{"a thread", SYS_clone, {CLONE_VM | CLONE_THREAD}, allowed},
                            {"a process", SYS_clone, {CLONE_VM | CLONE_VFORK}, refused},
                            {"clone3", SYS_clone3, {}, missing}});
  check({.interface_names = true}, {{"a Unix socket", SYS_socket, {AF_UNIX}, allowed},
                                    {"another", SYS_socket, {AF_INET}, refused},
                                    {"connect", SYS_connect, {}, refused}});
}

TEST_CASE("looking names up takes files, sockets, threads and the system's modules") {
  check({.lookups = true}, {{"reading", SYS_openat, {0, 0, O_RDONLY}, allowed},
                            {"writing", SYS_openat, {0, 0, O_RDWR}, refused},
                            {"a module", SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC}, allowed},
                            {"a thread", SYS_clone, {CLONE_THREAD}, allowed},
                            {"socket", SYS_socket, {AF_INET}, allowed},
                            {"execve", SYS_execve, {}, killed}});
}
