#include "cmd/pair.hpp"

#include <sys/socket.h>

#include <doctest/doctest.h>

#include "cmd/values.hpp"

namespace {

using namespace sock::cmd;
using namespace std::chrono_literals;

using Command = std::optional<std::vector<std::string>>;

TEST_CASE("two shell lines are run by the shell") {
  const PairPlan p = plan(PairFlags{.lines = {"a | b", "c"}, .type = {}, .deadline = {}}, {});
  CHECK(p.type == SOCK_STREAM);
  REQUIRE(p.commands.size() == 2);
  CHECK(p.commands[0] == std::vector<std::string>{"/bin/sh", "-c", "a | b"});
  CHECK(p.commands[1].back() == "c");
  CHECK(!p.deadline);
}

TEST_CASE("one command after the dashes is run as it is") {
  const PairPlan p =
      plan(PairFlags{.lines = {}, .type = "seqpacket", .deadline = "5s"}, Command({"cat", "-v"}));
  CHECK(p.type == SOCK_SEQPACKET);
  REQUIRE(p.commands.size() == 1);
  CHECK(p.commands[0] == std::vector<std::string>{"cat", "-v"});
  CHECK(p.deadline == 5s);
  CHECK(plan(PairFlags{.lines = {}, .type = "dgram", .deadline = {}}, Command({"cat"})).type ==
        SOCK_DGRAM);
}

TEST_CASE("any other number of commands, and types that no pair has, are refused") {
  const auto refused = [](PairFlags flags, const Command& command) {
    CHECK_THROWS_AS(plan(flags, command), UsageError);
  };
  refused({}, {});
  refused({.lines = {"a"}, .type = {}, .deadline = {}}, {});
  refused({.lines = {"a", "b", "c"}, .type = {}, .deadline = {}}, {});
  refused({.lines = {"a"}, .type = {}, .deadline = {}}, Command({"b"}));
  refused({}, Command(std::in_place));
  refused({.lines = {"a", "b"}, .type = "raw", .deadline = {}}, {});
  refused({.lines = {"a", "b"}, .type = {}, .deadline = "0"}, {});
}

}  // namespace
