// The progress line, at a terminal and without one, and the answer to a signal.
#include <signal.h>

#include <algorithm>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"
#include "support/pty.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;
using support::Peer;
using support::Steps;

namespace {

// The program with the terminal as its standard error.
Program at_terminal(const support::Pty& pty, std::vector<std::string> arguments, Input input = {}) {
  arguments.insert(arguments.begin(),
                   {"sh", "-c", "exec \"$@\" 2> \"$0\"", pty.path(), SOCK_PROGRAM});
  Program program;
  program.argv = std::move(arguments);
  program.input = std::move(input);
  program.environment = {{"LC_ALL", "C.UTF-8"}};
  return program;
}

TEST_CASE("a file is sent with its progress, and the line stays as it was at the end") {
  const support::TempDir dir;
  support::write_random(dir / "file", 300'000);
  support::Pty pty;
  const auto peer = Peer::server({Steps::read_to_end(), Steps::half_close()});
  const Outcome outcome = support::run(
      at_terminal(pty, {"connect", "--progress", "--limit-rate", "200000", peer->address()},
                  Input::file(dir / "file")));
  CHECK(outcome.code == 0);
  const std::string seen = pty.wait_for("100%");
  CHECK(seen.find("293 KiB sent") != std::string::npos);
  CHECK(seen.find(" ETA 0:0") != std::string::npos);
  CHECK(seen.find("/s  mean ") != std::string::npos);
  CHECK(seen.ends_with("\x1b[K\r\n"));
  // 1.4 seconds, four times a second.
  const auto lines = std::count(seen.begin(), seen.end(), '\r');
  CHECK(lines >= 3);
  CHECK(lines <= 12);
}

TEST_CASE("an error stands below the line, and a signal leaves it whole") {
  support::Pty pty;
  const auto peer = Peer::server({Steps::write("some"), Steps::stall(), Steps::reset()});
  Process process(at_terminal(pty, {"connect", "--progress", peer->address()}, Input::open()));
  pty.wait_for("4 B received");
  SUBCASE("an error") {
    peer->proceed();
    CHECK(process.wait().code == 1);
    CHECK(pty.wait_for("reset by peer").find("\x1b[K\r\nsock: connection to ") !=
          std::string::npos);
  }
  SUBCASE("a signal") {
    process.signal(SIGINT);
    CHECK(process.wait().signal == SIGINT);
    CHECK(pty.wait_for("\r\n").ends_with("\x1b[K\r\n"));
    peer->proceed();
  }
}

TEST_CASE("without a terminal there is no progress line") {
  const auto peer = Peer::server({Steps::write("some"), Steps::half_close()});
  const Outcome outcome = run_sock({"connect", "-r", "--progress", peer->address()});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
}

TEST_CASE("on SIGUSR1 the state is told, and the run goes on") {
  const auto peer =
      Peer::server({Steps::write("some"), Steps::read(2), Steps::stall(), Steps::half_close()});
  Process process(sock_with({"connect", "-q", peer->address()}, Input::bytes("hi")));
  process.wait_for_output("some");
  peer->wait_for_bytes(2);
  process.signal(SIGUSR1);
  process.wait_for_error("connection to " + peer->address() +
                         " for [^ ]+: sent 2 bytes at [^ ]+ K?i?B/s, ended; received 4 bytes at "
                         "[^ ]+ K?i?B/s\n");
  peer->proceed();
  CHECK(process.wait().code == 0);
}

}  // namespace
