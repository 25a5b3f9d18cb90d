#include "io/descendants.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <map>
#include <memory>
#include <string>

#include "sock/error.hpp"

namespace sock::io {

namespace {

// The fields after the name, which is in parentheses and may hold anything, more of them too.
constexpr std::size_t state_field = 0, parent_field = 1, session_field = 3, started_field = 19;

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return fields;
  text.remove_prefix(name_end + 1);
  constexpr std::string_view blanks = " \n";
  for (;;) {
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return fields;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(blanks), text.size());
    fields.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

template <class Number>
bool read_number(std::string_view text, Number& number) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<ProcessStat> stat_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file ? read_process_stat(file) : std::nullopt;
}

using Processes = std::map<pid_t, ProcessStat>;

Processes all_processes() {
  Processes all;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"), ::closedir);
  if (!directory) return all;
  while (const dirent* entry = ::readdir(directory.get())) {
    pid_t pid = 0;
    if (!read_number(std::string_view(entry->d_name), pid)) continue;
    if (const auto stat = stat_of(pid)) all.emplace(pid, *stat);
  }
  return all;
}

// The snapshot was not taken at one moment: a chain of parents may even be a ring.
bool descends(const Processes& all, pid_t pid, pid_t ancestor) {
  for (std::size_t steps = 0; steps <= all.size(); ++steps) {
    const auto found = all.find(pid);
    if (found == all.end()) return false;
    pid = found->second.parent;
    if (pid == ancestor) return true;
  }
  return false;
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const auto fields = fields_of(text);
  ProcessStat stat;
  if (fields.size() <= started_field || fields[state_field].size() != 1 ||
      !read_number(fields[parent_field], stat.parent) ||
      !read_number(fields[session_field], stat.session) ||
      !read_number(fields[started_field], stat.started))
    return std::nullopt;
  stat.state = fields[state_field].front();
  return stat;
}

std::optional<ProcessStat> read_process_stat(FdRef file) {
  std::array<char, 1024> text;  // a line of some fifty numbers and a name of at most 64 bytes
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size < 0) return std::nullopt;  // ESRCH
  return parse_process_stat({text.data(), static_cast<std::size_t>(size)});
}

void adopt_orphans() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return;
  const int err = errno;
  throw_errno(err, "prctl", "PR_SET_CHILD_SUBREAPER");
}

bool reap_adopted() noexcept {
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0) {
      const int err = errno;
      if (err != EINTR) return false;  // ECHILD
    } else if (info.si_pid == 0) {
      return true;
    }
  }
}

std::vector<Descendant> descendants() {
  std::vector<Descendant> result;
  const Processes all = all_processes();
  const pid_t self = ::getpid(), session = ::getsid(0);
  for (const auto& [pid, stat] : all) {
    if (stat.session != session || stat.ended() || !descends(all, pid, self)) continue;
    Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    // The number may have gone to another process meanwhile, which was started later.
    const auto now = stat_of(pid);
    if (pidfd && now && now->started == stat.started) result.push_back({pid, std::move(pidfd)});
  }
  return result;
}

void send_signal(FdRef pidfd, int signal) noexcept {
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
}

}  // namespace sock::io
