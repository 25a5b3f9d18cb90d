#include "io/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "support/descriptors.hpp"

using sock::FdRef;
using sock::io::Child;
using sock::io::ChildPlan;
using sock::io::ExitStatus;
using sock::io::Loop;
using sock::io::shell_command;

namespace {

ChildPlan shell(std::string line) {
  ChildPlan plan;
  plan.argv = shell_command(std::move(line));
  return plan;
}

// What a shell line writes to its standard output.
std::string output_of(ChildPlan plan) {
  auto [reader, writer] = ends::pipe();
  plan.fds.emplace_back(FdRef(writer), STDOUT_FILENO);
  Child child(plan);
  writer.reset();
  std::string text = ends::take_to_end(reader);
  CHECK(child.wait().shell_code() == 0);
  return text;
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

TEST_CASE("a program has the limit of open files that it is given, and ours stays") {
  auto [reader, writer] = ends::pipe();
  rlimit before{}, after{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  sock::io::Child child({.argv = {"sh", "-c", "ulimit -n"},
                         .fds = {{writer, 1}},
                         .environment = {},
                         .open_files = rlim_t{200}});
  writer.reset();
  CHECK(ends::take_to_end(reader) == "200\n");
  CHECK(child.wait().code == 0);
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
  CHECK(after.rlim_cur == before.rlim_cur);
}

}  // namespace

TEST_CASE("a child's end is its code, or the signal that ended it") {
  CHECK(Child(shell("exit 7")).wait().code == 7);
  CHECK(Child(shell("exit 7")).wait().shell_code() == 7);
  const ExitStatus killed = Child(shell("kill -TERM $$")).wait();
  CHECK(killed.signal == SIGTERM);
  CHECK(killed.shell_code() == 128 + SIGTERM);
  CHECK_FALSE(has_children());
}

TEST_CASE("waiting twice gives the same answer") {
  Child child(shell("exit 3"));
  CHECK(child.wait().code == 3);
  CHECK(child.wait().code == 3);
  child.kill(SIGKILL);  // reaches nobody
}

TEST_CASE(
    "the loop tells of a child's end, also after it was moved and destroyed in the callback") {
  Loop loop;
  auto child = std::make_unique<Child>(shell("exit 5"));
  auto moved = std::make_unique<Child>(std::move(*child));
  child.reset();
  int code = -1, calls = 0;
  moved->on_exit(loop, [&](ExitStatus status) {
    code = status.code;
    ++calls;
    moved.reset();
  });
  ends::run(loop);
  CHECK(code == 5);
  CHECK(calls == 1);
  CHECK_FALSE(has_children());
}

TEST_CASE("kill signals a running child") {
  Child child(shell("exec sleep 60"));
  child.kill(SIGKILL);
  CHECK(child.wait().signal == SIGKILL);
}

TEST_CASE("a program that cannot be run is an error with its name and cause") {
  const auto before = support::open_descriptors();
  ChildPlan plan;
  plan.argv = {"no-such-program-here"};
  plan.fds.emplace_back(FdRef(STDERR_FILENO), 7);
  try {
    const Child child(plan);
    FAIL("it ran");
  } catch (const sock::Error& e) {
    CHECK(e.code().value() == ENOENT);
    CHECK(e.subject() == "no-such-program-here");
  }
  plan.argv = {"/dev/null"};
  try {
    const Child child(plan);
    FAIL("it ran");
  } catch (const sock::Error& e) {
    CHECK(e.code().value() == EACCES);
  }
  CHECK_THROWS_AS(Child(ChildPlan{}), std::invalid_argument);
  plan.argv = {"true"};
  plan.fds = {{FdRef(-1), 0}};
  CHECK_THROWS_AS(Child{plan}, sock::Error);
  CHECK_FALSE(has_children());
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("descriptors are mapped also where ours and theirs overlap") {
  auto one = ends::pipe(), two = ends::pipe();
  const int a = one.b.get(), b = two.b.get();
  ChildPlan plan =
      shell("printf one >&" + std::to_string(b) + "; printf two >&" + std::to_string(a));
  SUBCASE("exchanged") {
    plan.fds = {{FdRef(a), b}, {FdRef(b), a}};
    CHECK(Child(plan).wait().code == 0);
    CHECK(ends::take(one.a) == "one");
    CHECK(ends::take(two.a) == "two");
  }
  SUBCASE("onto themselves, and one twice") {
    plan.fds = {{FdRef(a), a}, {FdRef(b), b}};
    CHECK(Child(plan).wait().code == 0);
    CHECK(ends::take(one.a) == "two");
    CHECK(ends::take(two.a) == "one");
  }
}

TEST_CASE("one socket can be a program's standard input and output") {
  auto [ours, theirs] = ends::sockets();
  ChildPlan plan;
  plan.argv = {"cat"};
  plan.fds = {{FdRef(theirs), 0}, {FdRef(theirs), 1}};
  Child child(plan);
  theirs.reset();
  ends::put(ours, "there and back");
  CHECK(ends::take(ours) == "there and back");
  ::shutdown(ours.get(), SHUT_WR);
  CHECK(ends::take(ours) == "");
  CHECK(child.wait().code == 0);
}

TEST_CASE("a program inherits descriptors 0 to 2 and what it was given, nothing else") {
  auto [reader, writer] = ends::pipe();
  // Not close-on-exec, below and above what it is given.
  const int low = ::fcntl(reader.get(), F_DUPFD, 3), high = ::fcntl(reader.get(), F_DUPFD, 50);
  REQUIRE(low >= 0);
  REQUIRE(high >= 0);
  auto plan = shell("ls /proc/$$/fd; :");  // the shell's
  plan.fds = {{FdRef(writer), 40}};
  const std::string seen = output_of(plan);
  ::close(low);
  ::close(high);
  CHECK(seen == "0\n1\n2\n40\n");
}

TEST_CASE("variables are added to ours and replace those of the same name") {
  ::setenv("SOCK_TEST_KEPT", "kept", 1);
  ::setenv("SOCK_TEST_REPLACED", "old", 1);
  auto plan = shell("echo $SOCK_TEST_KEPT $SOCK_TEST_REPLACED \"$SOCK_TEST_NEW\"");
  plan.environment = {{"SOCK_TEST_REPLACED", "new"}, {"SOCK_TEST_NEW", "a=b c"}};
  CHECK(output_of(plan) == "kept new a=b c\n");
  plan.argv = {"env"};  // a shell would hide that there are two
  const std::string list = output_of(plan);
  CHECK(list.find("SOCK_TEST_REPLACED=new\n") != std::string::npos);
  CHECK(list.find("SOCK_TEST_REPLACED=old\n") == std::string::npos);
}

TEST_CASE("signals have their default action in the program, and none is blocked") {
  sigset_t all, before;
  sigfillset(&all);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const std::string blocked = output_of(shell("grep ^SigBlk /proc/self/status | cut -f2"));
  const std::string ignored = output_of(shell("grep ^SigIgn /proc/self/status | cut -f2"));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGHUP, SIG_DFL);
  CHECK(std::stoull(blocked, nullptr, 16) == 0);
  CHECK((std::stoull(ignored, nullptr, 16) & 0x7fffffff) == 0);  // 32 and 33 are the C library's
}

TEST_CASE("nothing stays open when a child is gone") {
  const auto before = support::open_descriptors();
  { Child(shell("true")).wait(); }
  CHECK(support::open_descriptors() == before);
}
