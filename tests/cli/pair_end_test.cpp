// How `sock pair` ends: whose code counts, and that nobody is left.
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include <doctest/doctest.h>

#include "cli/events.hpp"
#include "cli/program.hpp"
#include "sock/fd.hpp"
#include "support/pty.hpp"
#include "support/temp.hpp"

using namespace cli;
using nlohmann::json;

namespace {

// Whoever has adopted it may need a moment to reap it.
bool is_gone(const std::string& pid) {
  for (int tries = 0; tries < 1000; ++tries) {
    if (::kill(std::stoi(pid), 0) != 0 && errno == ESRCH) return true;
    ::usleep(10'000);
  }
  return false;
}

TEST_CASE("--exit chooses whose code counts") {
  const auto code = [](std::vector<std::string> options) {
    options.insert(options.begin(), "pair");
    options.insert(options.end(), {"exit 3", "cat > /dev/null; exit 4"});
    return run_sock(options).code;
  };
  CHECK(code({}) == 3);
  CHECK(code({"--exit", "first"}) == 3);
  CHECK(code({"--exit", "last"}) == 4);
  CHECK(code({"--exit", "worst"}) == 4);
  CHECK(run_sock({"pair", "--exit", "first", "exit 0", "cat > /dev/null; exit 4"}).code == 0);
}

TEST_CASE("--grace ends the other, and that is no failure of it") {
  const auto code = [](std::vector<std::string> options, const std::string& other) {
    options.insert(options.begin(), {"pair", "--grace", "100ms"});
    options.insert(options.end(), {"true", other});
    return run_sock(options).code;
  };
  CHECK(code({}, "exec sleep 60") == 0);
  CHECK(code({"--exit", "last"}, "exec sleep 60") == 128 + SIGTERM);
  CHECK(code({"--exit", "worst"}, "trap '' TERM; sleep 60; sleep 60") == 128 + SIGKILL);
  CHECK(code({}, "trap 'exit 9' TERM; while :; do sleep 0.1; done") == 0);
  CHECK(code({"--tee", "/dev/null"}, "exec sleep 60") == 0);
  CHECK(code({}, "exit 6") == 6);
  CHECK(run_sock({"pair", "--grace", "0", "exit 5", "exec sleep 60"}).code == 5);
  CHECK(run_sock({"pair", "--grace", "0", "--type", "dgram", "true", "cat"}).code == 0);
}

TEST_CASE("without --grace the other goes on") {
  const support::TempDir dir;
  CHECK(run_sock({"pair", "true", "cat; sleep 0.3; echo late > " + (dir / "got").string()}).code ==
        0);
  CHECK(support::read_file(dir / "got") == "late\n");
}

TEST_CASE("a command that has to be ended is ended with all that it started") {
  const support::TempDir dir;
  const std::string pids = dir / "pids";
  const std::string line = "sh -c 'echo $$ > " + pids + "; exec sleep 60' | sleep 60";
  CHECK(run_sock({"pair", "--grace", "300ms", "true", line}).code == 0);
  CHECK(is_gone(support::read_file(pids)));
  CHECK(run_sock({"pair", "--deadline", "300ms", "cat", line}).code == 5);
  CHECK(is_gone(support::read_file(pids)));
  CHECK(run_sock({"pair", "--deadline", "300ms", "--", "sh", "-c", line}, Input::null()).code == 5);
  CHECK(is_gone(support::read_file(pids)));
}

TEST_CASE("what commands leave has a moment to end, and is ended then") {
  const support::TempDir dir;
  const std::string pid = dir / "pid", late = dir / "late";
  CHECK(run_sock({"pair", "(sleep 0.3; echo late > " + late + ") & true", "cat"}).code == 0);
  CHECK(support::read_file(late) == "late\n");
  CHECK(run_sock({"pair", "sleep 60 & echo $! > " + pid, "true"}).code == 0);
  CHECK(is_gone(support::read_file(pid)));
}

TEST_CASE("a process with a session of its own stays") {
  const support::TempDir dir;
  const std::string pid = dir / "pid";
  const Outcome outcome =
      run_sock({"pair", "setsid sh -c 'echo $$ > " + pid + "; echo; exec sleep 60 <&- >&- 2>&-' &",
                "read x"});
  CHECK(outcome.code == 0);
  const pid_t daemon = std::stoi(support::read_file(pid));
  CHECK(::kill(daemon, SIGKILL) == 0);
}

TEST_CASE("a signal goes to all, and those that do not heed it are ended") {
  const support::TempDir dir;
  const std::string pid = dir / "pid", got = dir / "got";
  Process pair(sock_with({"pair",
                          "trap 'echo caught > " + got + "; exit' TERM; echo $$ > " + pid +
                              "; echo ready >&2; while :; do sleep 0.05; done",
                          "trap '' TERM; while :; do sleep 0.05; done"}));
  pair.wait_for_error("ready");
  pair.signal(SIGTERM);
  CHECK(pair.wait().signal == SIGTERM);
  CHECK(support::read_file(got) == "caught\n");
  CHECK(is_gone(support::read_file(pid)));
}

TEST_CASE("Ctrl-C reaches each command once, and ends the run") {
  const support::TempDir dir;
  const std::string got = dir / "got", pid = dir / "pid";
  support::Pty terminal;
  const std::string count = "trap 'echo one >> " + got + "' INT; echo $$ > " + pid +
                            "; echo ready >&2; while :; do sleep 0.05; done";
  Process pair(sock_with({"pair", count, "exec cat"}, Input::terminal(terminal.path())));
  pair.wait_for_error("ready");
  terminal.type("\x03");
  CHECK(pair.wait().signal == SIGINT);
  CHECK(support::read_file(got) == "one\n");
  CHECK(is_gone(support::read_file(pid)));
}

TEST_CASE("events and -v have how each ended, and nothing is copied for them") {
  const support::TempDir dir;
  const std::string path = dir / "events";
  const Outcome outcome = run_sock({"pair", "-v", "--events", path, "exit 3", "kill -KILL $$"});
  CHECK((outcome.code == 3 || outcome.code == 137));
  CHECK(outcome.err.find("command 1 ended: exit 3 after ") != std::string::npos);
  CHECK(outcome.err.find("command 2 ended: signal 9 after ") != std::string::npos);
  const auto events = events_in(support::read_file(path));
  REQUIRE(events.size() == 4);
  CHECK(events[0]["event"] == "started");
  CHECK(events[0]["command"] == "exit 3");
  CHECK(events[1]["number"] == 2);
  for (const json& event : {events[2], events[3]}) {
    CHECK(event["event"] == "exited");
    const bool first = event["number"] == 1;
    CHECK(event["exit_code"] == (first ? 3 : 137));
    CHECK(event["signal"] == (first ? 0 : 9));
    CHECK(event["pid"] == events[first ? 0 : 1]["pid"]);
  }
}

TEST_CASE("events of one command have what passed, too") {
  const Outcome outcome = run_sock({"pair", "--json", "--", "cat"}, Input::bytes("hello"));
  CHECK(outcome.out == "hello");
  const auto events = events_in(outcome.err);
  REQUIRE(events.size() >= 3);
  CHECK(events.front()["event"] == "started");
  bool closed = false, exited = false;
  for (const json& event : events) {
    if (event["event"] == "closed") {
      closed = true;
      CHECK(event["sent"] == 5);
      CHECK(event["received"] == 5);
    }
    exited = exited || event["event"] == "exited";
  }
  CHECK(closed);
  CHECK(exited);
}

TEST_CASE("what would do nothing is refused, with the reason") {
  CHECK(run_sock({"pair", "--pipes", "--type", "dgram", "a", "b"})
            .err.find("--pipes and --type: pipes are no sockets") != std::string::npos);
  CHECK(run_sock({"pair", "--grace", "1s", "--", "cat"}).err.find("only one command") !=
        std::string::npos);
  const Outcome outcome = run_sock({"pair", "--type", "seqpacket", "--family", "inet", "a", "b"});
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("only --family unix has it") != std::string::npos);
}

}  // namespace
