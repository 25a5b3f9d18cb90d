#include "io/sandbox_calls.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <initializer_list>
#include <iterator>
#include <span>
#include <utility>

namespace sock::io {

// The calls are those of this program, of the C library (glibc 2.36 and later, and what musl calls
// in its place where that is no more than the same), and of OpenSSL once it is mapped.
//
// libseccomp has no part in it: to map it costs a start more than the whole sandbox does, and the
// list would be ours to make all the same.
#if defined(__x86_64__) || defined(__aarch64__)
namespace {

using Calls = std::span<const std::uint32_t>;

// Memory that is code is not made. The third argument of mmap(2) and mprotect(2).
constexpr ArgumentRule no_code = ArgumentRule::one_of(2, {0}, PROT_EXEC);
// TCGETS2, which glibc 2.42 has for tcgetattr(3); its header does not go with <sys/ioctl.h>.
constexpr std::uint32_t terminal_mode = 0x802c542a;
// Not TIOCSTI, which types into a terminal.
constexpr ArgumentRule requests =
    ArgumentRule::one_of(1, {FIONBIO, FIONREAD, SIOCOUTQ, TCGETS, terminal_mode, TIOCGWINSZ,
                             TIOCGPTN, SIOCGIFNAME, SIOCGIFINDEX});
// Of this process; the first argument.
constexpr ArgumentRule own_limits = ArgumentRule::one_of(0, {0});
constexpr ArgumentRule only_threads = ArgumentRule::one_of(0, {CLONE_THREAD}, CLONE_THREAD);
// The C library asks for names of interfaces through one.
constexpr ArgumentRule unix_sockets = ArgumentRule::one_of(0, {AF_UNIX});
constexpr ArgumentRule only_reading =
    ArgumentRule::one_of(1, {O_RDONLY}, O_ACCMODE | O_CREAT | O_TRUNC);
constexpr ArgumentRule only_reading_at =
    ArgumentRule::one_of(2, {O_RDONLY}, O_ACCMODE | O_CREAT | O_TRUNC);

// What moves bytes, waits, and keeps a process going.
constexpr std::uint32_t always[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,  // also fstat(2) of some libraries
    SYS_fcntl,
    SYS_dup,
    SYS_dup3,
    SYS_pipe2,
    SYS_socketpair,
    SYS_splice,
    SYS_tee,
    SYS_sendfile,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_recvmmsg,
    SYS_shutdown,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_ppoll,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_eventfd2,
    SYS_signalfd4,
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigpending,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    SYS_futex,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_gettimeofday,
    SYS_nanosleep,
    SYS_restart_syscall,
    SYS_getrandom,
    SYS_getpid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_uname,
    SYS_sysinfo,
    SYS_exit,
    SYS_exit_group,
#ifdef SYS_poll  // x86-64; aarch64 has only the later ones
    SYS_poll,
    SYS_epoll_wait,
    SYS_dup2,
    SYS_time,
#endif
};

constexpr std::uint32_t reading[] = {
    SYS_pread64,    SYS_getdents64, SYS_readlinkat, SYS_faccessat,
    SYS_faccessat2, SYS_statx,      SYS_fstatfs,    SYS_getcwd,
#ifdef SYS_access
    SYS_access,     SYS_readlink,
#endif
};

constexpr std::uint32_t removing[] = {
    SYS_unlinkat,
#ifdef SYS_unlink
    SYS_unlink,
#endif
};

constexpr std::uint32_t accepting[] = {
    SYS_accept4,
#ifdef SYS_accept
    SYS_accept,
#endif
};

constexpr std::uint32_t connecting[] = {SYS_socket, SYS_connect, SYS_bind};
constexpr std::uint32_t listening[] = {SYS_listen};
constexpr std::uint32_t mapping[] = {SYS_mmap, SYS_mprotect};

// Its flags are in memory, where no filter sees them; glibc takes clone(2) then.
constexpr std::uint32_t unreadable[] = {SYS_clone3};
// What no library tries: whoever calls these has taken the process over.
constexpr std::uint32_t never[] = {SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv,
                                   SYS_process_vm_writev};

class Rules {
 public:
  Rules() { all_.reserve(std::size(always) + 48); }
  void allow(Calls calls) {
    for (const std::uint32_t call : calls) all_.push_back({.call = call});
  }
  void allow(std::initializer_list<std::uint32_t> calls, const ArgumentRule& argument) {
    for (const std::uint32_t call : calls) all_.push_back({.call = call, .argument = &argument});
  }
  void refuse(Calls calls, Refusal refusal) {
    for (const std::uint32_t call : calls)
      all_.push_back({.call = call, .argument = nullptr, .allowed = false, .refusal = refusal});
  }
  std::vector<CallRule> take() && { return std::move(all_); }

 private:
  std::vector<CallRule> all_;
};

}  // namespace

std::vector<CallRule> calls_of(const Grants& grants, const ArgumentRule& own_signals) {
  Rules rules;
  rules.allow(always);
  rules.allow({SYS_ioctl}, requests);
  rules.allow({SYS_prlimit64}, own_limits);
  rules.allow({SYS_tgkill}, own_signals);
  if (grants.lookups)
    rules.allow(mapping);
  else
    rules.allow({SYS_mmap, SYS_mprotect}, no_code);
  if (grants.lookups || !grants.read.empty()) {
    rules.allow(reading);
    rules.allow({SYS_openat}, only_reading_at);
#ifdef SYS_open
    rules.allow({SYS_open}, only_reading);
#endif
  }
  if (!grants.remove_in.empty()) rules.allow(removing);
  if (grants.accepts || grants.binds) rules.allow(accepting);
  if (grants.binds) rules.allow(listening);
  if (grants.connects || grants.binds || grants.lookups)
    rules.allow(connecting);
  else if (grants.interface_names)
    rules.allow({SYS_socket}, unix_sockets);
  if (grants.threads || grants.lookups) rules.allow({SYS_clone}, only_threads);
  rules.refuse(unreadable, Refusal::with(ENOSYS));
  rules.refuse(never, Refusal::kill());
  return std::move(rules).take();
}

#else

std::vector<CallRule> calls_of(const Grants&, const ArgumentRule&) { return {}; }

#endif

}  // namespace sock::io
