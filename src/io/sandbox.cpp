#include "io/sandbox.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "io/sandbox_calls.hpp"
#include "sock/error.hpp"
#include "sock/fd.hpp"

namespace sock::io {
namespace {

// <linux/landlock.h> of Debian 12 ends with version 1 or 2 of what later kernels know.
namespace landlock {

struct RulesetAttributes {
  std::uint64_t files = 0;   // what is refused unless a rule grants it
  std::uint64_t ports = 0;   // from version 4
  std::uint64_t scopes = 0;  // from version 6
};
struct __attribute__((packed)) PathRule {
  std::uint64_t allowed = 0;
  std::int32_t directory = -1;
};
constexpr unsigned ask_version = 1;  // LANDLOCK_CREATE_RULESET_VERSION
constexpr int path_beneath = 1;      // LANDLOCK_RULE_PATH_BENEATH

// LANDLOCK_ACCESS_FS_*
constexpr std::uint64_t read_file = 1 << 2, read_directory = 1 << 3;
constexpr std::uint64_t remove_file = 1 << 5, make_socket = 1 << 9;
constexpr std::uint64_t files_of_1 = (1 << 13) - 1;
constexpr std::uint64_t rename_or_link = 1 << 13;  // from version 2
constexpr std::uint64_t truncate = 1 << 14;        // from version 3
constexpr std::uint64_t device_request = 1 << 15;  // from version 5
// LANDLOCK_ACCESS_NET_*
constexpr std::uint64_t bind_tcp = 1, connect_tcp = 2;
// LANDLOCK_SCOPE_*
constexpr std::uint64_t abstract_names = 1, signals = 2;

RulesetAttributes all_of(int version) noexcept {
  RulesetAttributes all{.files = files_of_1};
  if (version >= 2) all.files |= rename_or_link;
  if (version >= 3) all.files |= truncate;
  if (version >= 4) all.ports = bind_tcp | connect_tcp;
  if (version >= 5) all.files |= device_request;
  if (version >= 6) all.scopes = abstract_names | signals;
  return all;
}

}  // namespace landlock

[[noreturn]] void fail(int err, const char* part) { throw_errno(err, "enter the sandbox", part); }

// A path that is no directory stands for the one that it is in. None where that is out of reach.
Fd open_directory(const std::string& path) {
  constexpr int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  Fd directory(::open(path.c_str(), flags));
  if (directory || errno != ENOTDIR) return directory;
  std::error_code none;
  const auto real = std::filesystem::canonical(path, none);
  return none ? Fd() : Fd(::open(real.parent_path().c_str(), flags));
}

void allow_beneath(FdRef ruleset, const std::string& path, std::uint64_t access) {
  const Fd directory = open_directory(path);
  if (!directory) return;
  const landlock::PathRule rule{access, directory.get()};
  if (::syscall(SYS_landlock_add_rule, ruleset.get(), landlock::path_beneath, &rule, 0) == 0)
    return;
  const int err = errno;
  fail(err, "Landlock");
}

// The version that is in force. Another filter may refuse the question: then there is none.
int enter_landlock(const Grants& grants) {
  const auto version =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, landlock::ask_version));
  if (version < 1) return 0;
  landlock::RulesetAttributes all = landlock::all_of(version);
  if (grants.connects || grants.lookups) all.ports &= ~landlock::connect_tcp;
  if (grants.binds) all.ports &= ~landlock::bind_tcp;
  if (grants.connects || grants.lookups || grants.unix_peers)
    all.scopes &= ~landlock::abstract_names;
  // Kernels that know less take the whole of it, where what they do not know is 0.
  const Fd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0)));
  if (!ruleset) {
    const int err = errno;
    fail(err, "Landlock");
  }
  for (const std::string& path : grants.read)
    allow_beneath(ruleset, path, landlock::read_file | landlock::read_directory);
  for (const std::string& path : grants.remove_in)
    allow_beneath(ruleset, path, landlock::remove_file);
  for (const std::string& path : grants.bind_in)
    allow_beneath(ruleset, path, landlock::make_socket | landlock::remove_file);
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    const int err = errno;
    if (err == E2BIG) return 0;  // as many are around us as there may be
    fail(err, "Landlock");
  }
  return version;
}

// 0 or an errno. Kernels before 5.16 slow a filtered process down unless they are told not to, for
// the sake of programs that run code of others; those before 4.17 cannot be told.
int install(const sock_fprog& program) noexcept {
  for (const unsigned long calm : {SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0UL}) {
    const unsigned long flags = SECCOMP_FILTER_FLAG_TSYNC | calm;
    const long failed = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    const int err = failed > 0 ? EBUSY : errno;  // a thread has another filter
    if (failed == 0) return 0;
    if (err != EINVAL) return err;
  }
  return EINVAL;
}

// Of a kernel without, or where a filter around us forbids a further one.
bool has_no_seccomp(int err) noexcept {
  if (err == EINVAL) return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0;
  return err == ENOSYS || err == EPERM;
}

std::size_t enter_filter(const Grants& grants, bool strict) {
  const ArgumentRule own_signals =
      ArgumentRule::one_of(0, {static_cast<std::uint32_t>(::getpid())});
  const std::vector<CallRule> rules = calls_of(grants, own_signals);
  if (rules.empty()) return 0;
  // A library of another time may try calls that this list does not know, and do without.
  std::vector<sock_filter> program =
      filter_program(rules, strict ? Refusal::kill() : Refusal::with(EPERM));
  const int err = install({static_cast<unsigned short>(program.size()), program.data()});
  if (err != 0 && has_no_seccomp(err)) return 0;
  if (err != 0) fail(err, "seccomp");
  return static_cast<std::size_t>(
      std::count_if(rules.begin(), rules.end(), [](const CallRule& rule) { return rule.allowed; }));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SOCK_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SOCK_SANITIZED 1
#endif
#endif

}  // namespace

#ifdef SOCK_SANITIZED
const bool Sandbox::built_in = false;
#else
const bool Sandbox::built_in = true;
#endif

Sandbox enter_sandbox(const Grants& grants, bool strict) {
  Sandbox sandbox;
  if (!Sandbox::built_in) return sandbox;
  // Without it neither is open to those who are not root. It fails only where a filter around us
  // refuses it, which then refuses both.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return sandbox;
  sandbox.landlock = enter_landlock(grants);
  sandbox.calls = enter_filter(grants, strict);
  return sandbox;
}

}  // namespace sock::io
