#include "cmd/pair.hpp"

#include <sys/socket.h>

#include <doctest/doctest.h>

#include "cmd/values.hpp"

namespace {

using namespace sock::cmd;
using namespace std::chrono_literals;

using Command = std::optional<std::vector<std::string>>;

// Two lines, and what `change` makes of the flags.
template <class Change>
PairPlan plan_of_two(Change change) {
  PairFlags flags;
  flags.lines = {"a", "b"};
  change(flags);
  return plan(flags, {});
}

TEST_CASE("two shell lines are run by the shell") {
  const PairPlan p = plan_of_two([](PairFlags& f) { f.lines = {"a | b", "c"}; });
  REQUIRE(p.commands.size() == 2);
  CHECK(p.commands[0] == std::vector<std::string>{"/bin/sh", "-c", "a | b"});
  CHECK(p.commands[1].back() == "c");
  CHECK(p.join.type == SOCK_STREAM);
  CHECK(p.join.family == AF_UNIX);
  CHECK(p.join.fds == std::vector{0, 1});
  CHECK(!p.join.pipes);
  CHECK(!p.join.buffer);
  CHECK(p.rate == 0);
  CHECK(p.show == ShowPlan());
  CHECK(!p.deadline);
  CHECK(!p.grace);
  CHECK(p.exit == ExitRule::failed);
}

TEST_CASE("one command after the dashes is run as it is") {
  PairFlags flags;
  flags.type = "seqpacket";
  flags.deadline = "5s";
  const PairPlan p = plan(flags, Command({"cat", "-v"}));
  CHECK(p.join.type == SOCK_SEQPACKET);
  REQUIRE(p.commands.size() == 1);
  CHECK(p.commands[0] == std::vector<std::string>{"cat", "-v"});
  CHECK(p.deadline == 5s);
}

TEST_CASE("options say what joins the two, and where each has its end") {
  CHECK(plan_of_two([](PairFlags& f) { f.type = "dgram"; }).join.type == SOCK_DGRAM);
  CHECK(plan_of_two([](PairFlags& f) { f.family = "inet"; }).join.family == AF_INET);
  CHECK(plan_of_two([](PairFlags& f) { f.family = "inet6"; }).join.family == AF_INET6);
  CHECK(plan_of_two([](PairFlags& f) { f.pipes = true; }).join.pipes);
  CHECK(plan_of_two([](PairFlags& f) { f.buffer = "1M"; }).join.buffer == 1024 * 1024);
  CHECK(plan_of_two([](PairFlags& f) { f.fd = "3"; }).join.fds == std::vector{3});
  CHECK(plan_of_two([](PairFlags& f) { f.fd = "6,7"; }).join.fds == std::vector{6, 7});
}

TEST_CASE("options say what is seen, how fast it goes, and how it ends") {
  CHECK(plan_of_two([](PairFlags& f) { f.tee = "all"; }).show.tee == "all");
  CHECK(plan_of_two([](PairFlags& f) { f.show.dump = "text"; }).show.dump == DumpPlan{false, {}});
  CHECK(plan_of_two([](PairFlags& f) { f.limit_rate = "10k/s"; }).rate == 10 * 1024);
  CHECK(plan_of_two([](PairFlags& f) { f.grace = "2s"; }).grace == 2s);
  CHECK(plan_of_two([](PairFlags& f) { f.grace = "0"; }).grace == 0s);
  CHECK(plan_of_two([](PairFlags& f) { f.exit = "first"; }).exit == ExitRule::first);
  CHECK(plan_of_two([](PairFlags& f) { f.exit = "last"; }).exit == ExitRule::last);
  CHECK(plan_of_two([](PairFlags& f) { f.exit = "worst"; }).exit == ExitRule::worst);
}

TEST_CASE("any other number of commands is refused") {
  const auto refused = [](std::vector<std::string> lines, const Command& command) {
    PairFlags flags;
    flags.lines = std::move(lines);
    CHECK_THROWS_AS(plan(flags, command), UsageError);
  };
  refused({}, {});
  refused({"a"}, {});
  refused({"a", "b", "c"}, {});
  refused({"a"}, Command({"b"}));
  refused({}, Command(std::in_place));
}

TEST_CASE("what there is not, and what would do nothing, is refused") {
  const auto refused = [](auto change) { CHECK_THROWS_AS(plan_of_two(change), UsageError); };
  refused([](PairFlags& f) { f.type = "raw"; });
  refused([](PairFlags& f) { f.family = "vsock"; });
  refused([](PairFlags& f) { f.type = "seqpacket", f.family = "inet"; });
  refused([](PairFlags& f) { f.pipes = true, f.type = "stream"; });
  refused([](PairFlags& f) { f.pipes = true, f.family = "unix"; });
  refused([](PairFlags& f) { f.pipes = true, f.fd = "3"; });
  for (const char* fds : {"", "x", "-1", "256", "3,3", "3,", ",3", "3,4,5"})
    refused([fds](PairFlags& f) { f.fd = fds; });
  refused([](PairFlags& f) { f.buffer = "0"; });
  refused([](PairFlags& f) { f.buffer = "1T"; });
  refused([](PairFlags& f) { f.tee = ""; });
  refused([](PairFlags& f) { f.limit_rate = "0"; });
  refused([](PairFlags& f) { f.deadline = "0"; });
  refused([](PairFlags& f) { f.grace = "soon"; });
  refused([](PairFlags& f) { f.exit = "best"; });
}

TEST_CASE("with one command there is no other whose end or code could count") {
  PairFlags flags;
  flags.grace = "1s";
  CHECK_THROWS_AS(plan(flags, Command({"cat"})), UsageError);
  flags = {};
  flags.exit = "first";
  CHECK_THROWS_AS(plan(flags, Command({"cat"})), UsageError);
}

}  // namespace
