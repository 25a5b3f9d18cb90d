#include "io/sandbox.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <thread>

#include <doctest/doctest.h>

#include "sock/error.hpp"
#include "support/temp.hpp"

using namespace sock::io;

namespace {

// The status of a child in which this is in force.
int in_sandbox(const Grants& grants, const std::function<int(const Sandbox&)>& body,
               bool strict = false) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(60);
    try {
      ::_exit(body(enter_sandbox(grants, strict)));
    } catch (...) {
      ::_exit(100);
    }
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) REQUIRE(errno == EINTR);
  return status;
}

int code(const Grants& grants, const std::function<int(const Sandbox&)>& body) {
  const int status = in_sandbox(grants, body);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

// 0, or what a call that gave -1 has left.
int error_of(long result) { return result < 0 ? errno : 0; }

int connect_to(int type, std::uint16_t port) {
  const int fd = ::socket(AF_INET, type, 0);
  if (fd < 0) return errno;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = ::htons(port);
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  return error_of(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

// What of it there is here.
struct Here {
  bool filter = false;
  int landlock = 0;
};
Here here() {
  if (!Sandbox::built_in) return {};
  const int found = code({}, [](const Sandbox& sandbox) {
    return (sandbox.calls != 0 ? 64 : 0) + std::min(sandbox.landlock, 63);
  });
  return {(found & 64) != 0, found & 63};
}

bool no_filter() {
  if (here().filter) return false;
  MESSAGE("skipped: this build or this kernel has no filters of system calls");
  return true;
}

bool no_landlock(int version = 1) {
  if (here().landlock >= version) return false;
  MESSAGE("skipped: this build or this kernel has no Landlock, or an earlier one");
  return true;
}

}  // namespace

TEST_CASE("a sanitizer's build stays out") {
  if (Sandbox::built_in) return;
  const Sandbox sandbox = enter_sandbox({});
  CHECK(sandbox.calls == 0);
  CHECK(sandbox.landlock == 0);
  CHECK(::access("/", R_OK) == 0);
}

TEST_CASE("what was not granted is refused") {
  if (no_filter()) return;
  const auto error = [](const std::function<long()>& call) {
    return code({}, [&](const Sandbox&) { return error_of(call()); });
  };
  CHECK(error([] { return ::open("/etc/passwd", O_RDONLY); }) == EPERM);
  CHECK(error([] { return ::open("/tmp", O_WRONLY | O_TMPFILE, 0600); }) == EPERM);
  CHECK(error([] { return ::unlink("/nowhere"); }) == EPERM);
  CHECK(error([] { return ::socket(AF_INET, SOCK_STREAM, 0); }) == EPERM);
  CHECK(error([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }) == EPERM);
  CHECK(error([] { return ::kill(::getppid(), 0); }) == EPERM);
  CHECK(error([] { return ::fork(); }) == EPERM);
  CHECK(error([] { return ::setuid(0); }) == EPERM);
}

TEST_CASE("an inherited socket that is not connected cannot be") {
  if (no_filter()) return;
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  CHECK(code({}, [&](const Sandbox&) {
          sockaddr_in address{};
          address.sin_family = AF_INET;
          return error_of(
              ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address));
        }) == EPERM);
  ::close(fd);
}

TEST_CASE("what only an intruder would try ends the process") {
  if (no_filter()) return;
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  const int run = in_sandbox({}, [&](const Sandbox&) { return ::execv("/bin/true", arguments); });
  CHECK(WIFSIGNALED(run));
  CHECK(WTERMSIG(run) == SIGSYS);
  const int traced =
      in_sandbox({}, [](const Sandbox&) { return error_of(::ptrace(PTRACE_TRACEME, 0, 0, 0)); });
  CHECK(WIFSIGNALED(traced));
}

TEST_CASE("a strict one ends the process at whatever is refused") {
  if (no_filter()) return;
  const int status = in_sandbox(
      {}, [](const Sandbox&) { return error_of(::open("/etc/passwd", O_RDONLY)); }, true);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSYS);
}

TEST_CASE("what is around it and refuses a further one is no error") {
  if (no_filter()) return;
  CHECK(code({}, [](const Sandbox&) {
          const Sandbox second = enter_sandbox({});
          return second.calls == 0 && second.landlock == 0 ? 0 : 1;
        }) == 0);
}

TEST_CASE("open descriptors, memory, the clock and our own signals stay") {
  if (no_filter()) return;
  const int file = ::open("/dev/zero", O_RDONLY);
  int fds[2];
  REQUIRE(::pipe(fds) == 0);
  CHECK(code({}, [&](const Sandbox&) {
          std::vector<char> much(4 << 20);
          if (::read(file, much.data(), much.size()) <= 0) return 1;
          if (::write(fds[1], "x", 1) != 1 || ::read(fds[0], much.data(), 1) != 1) return 2;
          if (much[0] != 'x') return 3;
          ::signal(SIGUSR1, SIG_IGN);
          return ::raise(SIGUSR1) == 0 ? 0 : 4;
        }) == 0);
  for (const int fd : {file, fds[0], fds[1]}) ::close(fd);
}

TEST_CASE("a directory that is granted is read, and no other") {
  if (no_landlock()) return;
  const support::TempDir granted, other;
  support::write_file(granted / "file", "text");
  support::write_file(other / "file", "text");
  const auto error = [&](const std::filesystem::path& path, int flags) {
    return code({.read = {granted.path().string()}},
                [&](const Sandbox&) { return error_of(::open(path.c_str(), flags, 0600)); });
  };
  CHECK(error(granted.path() / "file", O_RDONLY) == 0);
  CHECK(error(granted.path() / "file", O_WRONLY) == EPERM);
  CHECK(error(other.path() / "file", O_RDONLY) == EACCES);
  CHECK(error("/etc/passwd", O_RDONLY) == EACCES);
}

TEST_CASE("a file that is granted may be made anew in its directory") {
  if (no_landlock()) return;
  const support::TempDir directory, elsewhere;
  support::write_file(directory / "real", "text");
  std::filesystem::create_symlink(directory.path() / "real", elsewhere.path() / "link");
  const auto link = (elsewhere.path() / "link").string();
  CHECK(code({.read = {link, "/nowhere/at/all"}},
             [&](const Sandbox&) { return error_of(::open(link.c_str(), O_RDONLY)); }) == 0);
}

TEST_CASE("names are removed from a directory that is granted, and from no other") {
  if (no_landlock()) return;
  const support::TempDir granted, other;
  support::write_file(granted / "file", "");
  support::write_file(other / "file", "");
  const Grants grants{.remove_in = {granted.path().string()}};
  const auto error = [&](const std::filesystem::path& path) {
    return code(grants, [&](const Sandbox&) { return error_of(::unlink(path.c_str())); });
  };
  CHECK(error(granted.path() / "file") == 0);
  CHECK(error(other.path() / "file") == EACCES);
}

TEST_CASE("to connect and to get a port are granted apart") {
  if (no_landlock(4)) return;
  const auto bind = [&](const Grants& with) {
    return code(with, [](const Sandbox&) {
      const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      return error_of(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    });
  };
  CHECK(bind({.connects = true}) == EACCES);
  CHECK(bind({.connects = true, .binds = true}) == 0);
  CHECK(bind({.binds = true}) == 0);
  // Refused by nobody listening there: it came as far.
  CHECK(code({.connects = true}, [](const Sandbox&) { return connect_to(SOCK_STREAM, 1); }) ==
        ECONNREFUSED);
  CHECK(code({.binds = true}, [](const Sandbox&) { return connect_to(SOCK_STREAM, 1); }) == EACCES);
}

TEST_CASE("threads that are granted begin, and are in it") {
  if (no_filter()) return;
  CHECK(code({.threads = true}, [](const Sandbox&) {
          int error = 0;
          std::thread([&] { error = error_of(::open("/etc/passwd", O_RDONLY)); }).join();
          return error;
        }) == EPERM);
}
