// Events: real runs, each line held to sock-events(5).
#include "cli/events.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <map>
#include <sstream>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "sock/create.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;
using nlohmann::json;
using support::Peer;
using support::Steps;

namespace {

// All events, each after the one before it.
std::vector<json> in_order(const std::string& text) {
  const auto events = events_in(text);
  double elapsed = 0;
  for (const json& event : events) {
    CHECK(event["elapsed"] >= elapsed);
    elapsed = event["elapsed"].get<double>();
  }
  return events;
}

TEST_CASE("a conversation from the name to its end, and nothing else on standard error") {
  const auto peer =
      Peer::server({Steps::read_to_end(), Steps::write("answer"), Steps::half_close()});
  const Outcome outcome =
      run_sock({"connect", "-4", "--json", "localhost", std::to_string(peer->port())},
               Input::bytes("question"));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "answer");
  const auto events = in_order(outcome.err);
  CHECK(names_of(events) == "resolving resolved attempt connected half_closed first_byte closed ");
  const json& closed = events.back();
  CHECK(closed["peer"] == peer->address());
  CHECK(closed["local"] == events[3]["local"]);
  CHECK(closed["sent"] == 8);
  CHECK(closed["received"] == 6);
  CHECK(closed["reason"] == "ended");
}

TEST_CASE("a failure is told with the words and the code of the run") {
  const support::ClosedPort closed;
  const Outcome plain = run_sock({"connect", closed.address()});
  const Outcome outcome = run_sock({"connect", "--json", closed.address()});
  CHECK(outcome.code == plain.code);
  const auto events = in_order(outcome.err);
  CHECK(names_of(events) == "attempt attempt_failed failed ");
  CHECK("sock: " + events.back()["message"].get<std::string>() + "\n" == plain.err);
  CHECK(events.back()["exit_code"] == plain.code);
}

TEST_CASE("a listener tells where it listens, who came, and which limit ended it") {
  Process listener(
      sock_with({"listen", "127.0.0.1:0", "--json", "--idle-timeout", "100ms"}, Input::open()));
  const std::string address = listener.wait_for_error("\"local\":\"([^\"]+)\"");
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  const auto peer = Peer::client(port, {Steps::write("hello")});
  const Outcome outcome = listener.wait();
  CHECK(outcome.code == 5);
  const auto events = in_order(outcome.err);
  CHECK(names_of(events) == "listening accepted first_byte closed failed ");
  CHECK(events[3]["reason"] == "idle_timeout");
  CHECK(events[3]["peer"] == events[1]["peer"]);
  CHECK(events[3]["received"] == 5);
  CHECK(events[4]["exit_code"] == 5);
}

TEST_CASE("events may go to a file or a descriptor, and talk stays what it is") {
  const support::TempDir dir;
  const std::string path = dir / "events";
  const sock::Fd file(::open((dir / "fd").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  for (const bool to_file : {true, false}) {
    const auto peer = Peer::server({Steps::write("banner"), Steps::half_close()});
    Program program = sock_with({"connect", "-v", "-r", "--max-bytes", "3", "--events",
                                 to_file ? path : "7", peer->address()});
    if (!to_file) program.descriptors = {{file.get(), 7}};
    const Outcome outcome = support::run(std::move(program));
    CHECK(outcome.code == 0);
    CHECK(outcome.err.find("received 3 bytes, sent 0 bytes in ") != std::string::npos);
    const auto events = in_order(support::read_file(to_file ? path : (dir / "fd").string()));
    CHECK(names_of(events) == "attempt connected first_byte closed ");
    CHECK(events.back()["reason"] == "enough");
  }
  const Outcome outcome = run_sock({"connect", "--events", "77", "127.0.0.1:1"});
  CHECK(outcome.code == 2);
  CHECK(outcome.err == "sock: open fd 77: bad file descriptor\n");
}

TEST_CASE("progress is told at most once a second, and SIGUSR1 asks for it") {
  const auto peer = Peer::server({Steps::write("some"), Steps::stall()});
  Process process(sock_with({"connect", "--json", peer->address()}, Input::open()));
  process.wait_for_output("some");
  process.wait_for_error("\"event\":\"progress\"");
  process.signal(SIGUSR1);
  process.wait_for_error("\"event\":\"progress\"[^]*\"event\":\"progress\"");
  process.signal(SIGTERM);
  const Outcome outcome = process.wait();
  CHECK(outcome.signal == SIGTERM);
  const auto events = in_order(outcome.err);
  CHECK(names_of(events) == "attempt connected first_byte progress progress closed ");
  CHECK(events[3]["received"] == 4);
  CHECK(events.back()["reason"] == "signal");
  peer->proceed();
}

TEST_CASE("on SIGUSR1 a listener for many tells how it is doing, as the only line of it") {
  for (const char* workers : {"1", "2"}) {
    CAPTURE(workers);
    Process listener(sock_with({"listen", "-k", "--echo", "127.0.0.1:0", "--json", "--deny",
                                "127.0.0.2", "--workers", workers}));
    const std::string address = listener.wait_for_error("\"local\":\"([^\"]+)\"");
    CHECK(run_sock({"connect", address}, Input::bytes("hello")).out == "hello");
    CHECK(run_sock({"connect", "--source", "127.0.0.2", address}).out.empty());
    listener.wait_for_error("\"closed\"[^]*\"denied\"");
    listener.signal(SIGUSR1);
    listener.wait_for_error("\"event\":\"state\"");
    listener.signal(SIGTERM);
    const Outcome outcome = listener.wait();
    CHECK(outcome.code == 0);
    const auto events = in_order(outcome.err);
    CHECK(names_of(events) == "listening accepted closed denied state ");
    const json& state = events.back();
    CHECK(state["sessions"] == 0);
    CHECK(state["served"] == 1);
    CHECK(state["denied"] == 1);
    CHECK(state["sent"] == 5);
    CHECK(state["received"] == 5);
  }
}

TEST_CASE("a name with any bytes is still JSON") {
  const Outcome outcome = run_sock({"connect", "--json", "unix:/no\\xff\x1b[31m\xff"});
  CHECK(outcome.code != 0);
  CHECK(names_of(in_order(outcome.err)).ends_with("failed "));
}

TEST_CASE("a probe tells the steps to each target, and its state") {
  const sock::Socket server = sock::create_server("127.0.0.1", 0);
  const std::string port = std::to_string(server.getsockname().port());
  const support::ClosedPort closed;
  const Outcome outcome =
      run_sock({"connect", "-4", "-z", "--json",
                "localhost:" + port + "," + std::to_string(closed.port()), closed.address()});
  CHECK(outcome.code == 4);
  std::map<std::string, json> states;
  std::map<std::string, int> count;
  for (const json& event : in_order(outcome.err)) {
    ++count[event["event"]];
    if (event["event"] == "probed") states[event["target"]] = event;
  }
  // One look-up for both ports.
  CHECK(count == std::map<std::string, int>{{"resolving", 1},
                                            {"resolved", 1},
                                            {"attempt", 3},
                                            {"attempt_failed", 2},
                                            {"connected", 1},
                                            {"probed", 3}});
  const json& open = states["localhost:" + port];
  CHECK(open["state"] == "open");
  CHECK(open["address"] == "127.0.0.1:" + port);
  CHECK(open["look_up"] > 0);
  CHECK(open["took"] > 0);
  CHECK(open["error"] == "");
  const json& refused = states["localhost:" + std::to_string(closed.port())];
  CHECK(refused["state"] == "closed");
  CHECK(refused["error"] == "connection refused");
  CHECK(refused["exit_code"] == 4);
  CHECK(states[closed.address()]["look_up"] == 0);
  std::istringstream results(outcome.out);
  for (std::string line; std::getline(results, line);) CHECK(json::parse(line).contains("target"));
}

TEST_CASE("a probe that tries again tells of it, and of a condition that did not come to hold") {
  const support::TempDir dir;
  const support::ClosedPort closed;
  const std::string path = dir / "events";
  const Outcome outcome = run_sock({"connect", "-z", "--wait", "300ms", "--events", path,
                                    closed.address(), "--", "echo", "never"});
  CHECK(outcome.code == 5);
  CHECK(outcome.out == "");
  const auto events = in_order(support::read_file(path));
  const std::string names = names_of(events);
  CHECK(names.starts_with("attempt attempt_failed retrying attempt "));
  CHECK(names.ends_with("probed failed failed "));
  CHECK(events[2]["target"] == closed.address());
  CHECK(events.back()["exit_code"] == 5);
}

TEST_CASE("a script reads the events") {
  const support::TempDir dir;
  const auto peer = Peer::server({Steps::write("12345"), Steps::half_close()});
  const char* script = R"(
"$1" connect --events "$3" -r "$2" > /dev/null
python3 -c '
import json, sys
for line in open(sys.argv[1]):
    event = json.loads(line)
    if event["event"] == "closed":
        print(event["received"], event["reason"])
' "$3")";
  const Outcome outcome = support::run(
      {.argv = {"sh", "-c", script, "sh", SOCK_PROGRAM, peer->address(), dir / "events"}});
  CHECK(outcome.err == "");
  CHECK(outcome.out == "5 ended\n");
}

}  // namespace
