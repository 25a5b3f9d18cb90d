// Every wait can be bounded, and says which bound it was.
#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"

using namespace cli;
using namespace std::chrono_literals;
using support::Peer;
using support::Steps;

namespace {

void check_timed_out(const Outcome& outcome, std::chrono::milliseconds limit,
                     const std::string& option) {
  CHECK(outcome.code == 5);
  CHECK(outcome.took >= limit);
  INFO(outcome.err);
  CHECK(outcome.err.find("sock: ") != std::string::npos);
  CHECK(outcome.err.find(option) != std::string::npos);
}

}  // namespace

TEST_CASE("--idle-timeout ends a silent connection") {
  auto peer = Peer::server({Steps::read(5), Steps::write("hi"), Steps::stall()});
  const Outcome outcome =
      run_sock({"connect", "--idle-timeout", "300ms", peer->address()}, Input::bytes("hello"));
  check_timed_out(outcome, 300ms, "--idle-timeout");
  CHECK(outcome.out == "hi");
  peer->proceed();
  CHECK(peer->finish() == "hello");
}

TEST_CASE("--idle-timeout does not end a connection on which something moves") {
  std::vector<support::Step> script;
  for (int i = 0; i < 6; ++i) {
    script.push_back(Steps::write("x"));
    script.push_back(Steps::pause(250ms));
  }
  script.push_back(Steps::close());
  auto peer = Peer::server(std::move(script));
  const Outcome outcome =
      run_sock({"connect", "--idle-timeout", "1s", peer->address()}, Input::null());
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "xxxxxx");
}

TEST_CASE("--deadline ends the run, whatever moves") {
  auto peer = Peer::server({Steps::stall()});
  const Outcome outcome = run_sock({"connect", "--deadline", "300ms", peer->address()});
  check_timed_out(outcome, 300ms, "--deadline");
  peer->proceed();

  Listener listener({"--deadline", "300ms"});
  check_timed_out(listener.wait(), 300ms, "--deadline");
}

TEST_CASE("--accept-timeout ends a listener that nobody calls") {
  Listener listener({"--accept-timeout", "300ms"});
  check_timed_out(listener.wait(), 300ms, "--accept-timeout");
}

TEST_CASE("--accept-timeout does not count once somebody has called") {
  Listener listener({"--accept-timeout", "1s"});
  auto client =
      Peer::client(listener.port(), {Steps::pause(1200ms), Steps::write("hello"), Steps::close()});
  const Outcome outcome = listener.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "hello");
}

TEST_CASE("--accept-timeout tells how many came who may not") {
  for (const std::vector<std::string>& mode :
       {std::vector<std::string>{}, {"--echo"}, {"-k", "--echo"}}) {
    std::vector<std::string> options{"--accept-timeout", "3s", "--deny", "127.0.0.1"};
    options.insert(options.end(), mode.begin(), mode.end());
    Listener listener(options);
    for (int i = 0; i < 2; ++i)
      (void)run_sock({"connect", "--deadline", "20s", listener.address}, Input::null());
    const Outcome outcome = listener.wait();
    CHECK(outcome.code == 5);
    CHECK(outcome.err.find("nobody was let in within --accept-timeout 3s; 2 turned away") !=
          std::string::npos);
  }
}

TEST_CASE("--timeout ends an attempt that nobody answers") {
  const support::FullListener nobody;
  for (const std::string option : {"--timeout", "-w"}) {
    const Outcome outcome = run_sock({"connect", option, "300ms", nobody.address()});
    CHECK(outcome.code == 5);
    CHECK(outcome.took >= 300ms);
    CHECK(outcome.err.find("connect " + nobody.address()) != std::string::npos);
    CHECK(outcome.err.find("timed out; no answer within --timeout 300ms:") != std::string::npos);
  }
}

TEST_CASE("where --deadline ends an attempt, that is what is said") {
  const support::FullListener nobody;
  const Outcome connecting =
      run_sock({"connect", "--timeout", "1m", "--deadline", "300ms", nobody.address()});
  CHECK(connecting.code == 5);
  CHECK(connecting.err.find("timed out; no answer within --deadline 300ms:") != std::string::npos);
  const auto silent = Peer::server({Steps::stall()});
  const Outcome greeting =
      run_sock({"connect", "--deadline", "500ms", "--insecure", "tls:" + silent->address()});
  CHECK(greeting.code == 5);
  CHECK(greeting.err.find("timed out; it was not done within --deadline 500ms") !=
        std::string::npos);
}

TEST_CASE("SOCK_TIMEOUT is the default of --timeout") {
  const support::FullListener nobody;
  Program program = sock_with({"connect", nobody.address()});
  program.environment = {{"SOCK_TIMEOUT", "300ms"}};
  const Outcome outcome = support::run(program);
  CHECK(outcome.code == 5);
  CHECK(outcome.took < 10s);
  CHECK(outcome.err.find("no answer within SOCK_TIMEOUT 300ms:") != std::string::npos);
}

TEST_CASE("--timeout bounds the attempt only, not what follows") {
  auto peer = Peer::server(
      {Steps::read_to_end(), Steps::pause(700ms), Steps::write("late"), Steps::close()});
  const Outcome outcome = run_sock({"connect", "-w", "500ms", peer->address()});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "late");
}
