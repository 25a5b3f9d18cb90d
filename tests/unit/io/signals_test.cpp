#include "io/signals.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "support/descriptors.hpp"

using sock::io::Loop;
using sock::io::Signal;
using sock::io::Signals;

namespace {

bool blocked(int signal) {
  sigset_t set;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &set);
  return sigismember(&set, signal) == 1;
}

// The status of a child that runs this and then exits with 0.
template <class Body>
int status_of(Body body) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return status;
}

}  // namespace

TEST_CASE("signals come as calls from the loop, each with its number") {
  Loop loop;
  std::vector<int> seen;
  const Signals signals(loop, {SIGUSR1, SIGUSR2}, [&](Signal signal) {
    CHECK_FALSE(signal.from_terminal);
    seen.push_back(signal.number);
    if (seen.size() == 2) loop.stop();
  });
  ::kill(::getpid(), SIGUSR2);
  ::kill(::getpid(), SIGUSR1);
  ends::run(loop);
  CHECK(seen == std::vector<int>{SIGUSR1, SIGUSR2});  // the kernel gives the lowest first
}

TEST_CASE("the mask is what it was when the signals are destroyed, and nothing stays open") {
  REQUIRE_FALSE(blocked(SIGUSR1));
  Loop loop;
  const auto before = support::open_descriptors();
  {
    const Signals signals(loop, {SIGUSR1}, [](Signal) {});
    CHECK(blocked(SIGUSR1));
    CHECK_FALSE(blocked(SIGUSR2));
  }
  CHECK_FALSE(blocked(SIGUSR1));
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("the callback may destroy the signals") {
  Loop loop;
  std::optional<Signals> signals;
  int seen = 0;
  signals.emplace(loop, std::initializer_list<int>{SIGUSR1}, [&](Signal) {
    ++seen;
    signals.reset();
  });
  ::kill(::getpid(), SIGUSR1);
  ends::run(loop);
  CHECK(seen == 1);
  CHECK_FALSE(blocked(SIGUSR1));
}

TEST_CASE("die_by ends the process by the signal, also when it is blocked and handled") {
  const int status = status_of([] {
    ::signal(SIGTERM, [](int) {});
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    sock::io::die_by(SIGTERM);
  });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("die_by exits with 128 + signal when the signal does not end the process") {
  const int status = status_of([] { sock::io::die_by(SIGCHLD); });
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 128 + SIGCHLD);
}
