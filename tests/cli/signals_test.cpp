#include <signal.h>

#include <array>
#include <vector>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"
#include "support/pty.hpp"

using namespace cli;
using support::Peer;
using support::Steps;

TEST_CASE("SIGINT and SIGTERM close the connection, and then end the run as signals do") {
  for (const int number : {SIGINT, SIGTERM}) {
    INFO(number);
    auto peer = Peer::server({Steps::write("hello"), Steps::read_to_end()});
    Process client(sock_with({"connect", peer->address()}, Input::open()));
    client.wait_for_output("hello");
    client.write("to the peer");
    peer->wait_for_bytes(11);
    client.signal(number);
    const Outcome outcome = client.wait();
    CHECK(outcome.signal == number);
    CHECK(outcome.err == "");
    CHECK(peer->finish() == "to the peer");
  }
}

TEST_CASE("with -v a signal says how much went each way") {
  auto peer = Peer::server({Steps::write("hello"), Steps::read(11), Steps::stall()});
  Process client(sock_with({"connect", "-v", peer->address()}, Input::open()));
  client.wait_for_output("hello");
  client.write("to the peer");
  peer->wait_for_bytes(11);
  client.signal(SIGINT);
  const Outcome outcome = client.wait();
  CHECK(outcome.signal == SIGINT);
  INFO(outcome.err);
  CHECK(outcome.err.find("11 bytes") != std::string::npos);
  CHECK(outcome.err.find("5 bytes") != std::string::npos);
  peer->proceed();
}

TEST_CASE("a listener that waits ends by the signal") {
  for (const int number : {SIGINT, SIGTERM}) {
    Listener listener;
    listener.process.signal(number);
    CHECK(listener.wait().signal == number);
  }
}

TEST_CASE("an attempt to connect that waits ends by the signal") {
  const support::FullListener nobody;
  Process client(sock_with({"connect", "-v", nobody.address()}));
  client.wait_for_error(nobody.address());
  client.signal(SIGINT);
  CHECK(client.wait().signal == SIGINT);
}

TEST_CASE("SIGUSR1 asks what a run is at that has no connection yet, and the run goes on") {
  const support::FullListener nobody;
  const support::ClosedPort closed;
  const std::string waits = "still connecting to " + nobody.address() + ", attempt 1, after \\d";
  const std::vector<std::pair<std::vector<std::string>, std::array<std::string, 2>>> runs{
      {{"connect", "-v", nobody.address()}, {"connecting to", waits}},
      {{"connect", "-v", "--timeout", "60s", nobody.address()}, {"connecting to", waits}},
      {{"connect", "-v", "--wait", "60s", closed.address()},
       {"trying again", "still (waiting to connect|connecting) to [^ ]*( again)?, attempt \\d+, "}},
      {{"listen", "127.0.0.1:0"}, {"listening on", "still listening on 127.0.0.1:\\d+, after \\d"}},
      {{"pair", "-v", "sleep 60", "sleep 61"},
       {"command 2, ", "still running sleep 61, after \\d"}}};
  for (const auto& run : runs) {
    const auto& arguments = run.first;
    const auto& expected = run.second;
    INFO(arguments[0]);
    Process process(with_deadline(sock_with(arguments), std::chrono::seconds(40)));
    process.wait_for_error(expected[0]);
    process.signal(SIGUSR1);
    process.wait_for_error(expected[1]);
    process.signal(SIGUSR1);
    process.wait_for_error(expected[1] + "[^]*" + expected[1]);
    process.signal(SIGTERM);
    CHECK(process.wait().signal == SIGTERM);
  }
}

TEST_CASE("SIGUSR1 does not end a watch of names, nor get between the events of a run") {
  Process watch(sock_with({"resolve", "--watch", "127.0.0.1"}));
  watch.wait_for_output("127.0.0.1");
  watch.signal(SIGUSR1);
  watch.wait_for_error("still watching, rounds done: \\d+, after|still watching, after");
  watch.signal(SIGTERM);
  CHECK(watch.wait().signal == SIGTERM);

  const support::FullListener nobody;
  Process client(sock_with({"connect", "--json", nobody.address()}));
  client.wait_for_error("\"attempt\"");
  client.signal(SIGUSR1);
  client.signal(SIGTERM);
  const Outcome outcome = client.wait();
  CHECK(outcome.signal == SIGTERM);
  CHECK(outcome.err.find("still") == std::string::npos);
}

TEST_CASE("Ctrl-C at a terminal ends the run") {
  support::Pty terminal;
  auto peer = Peer::server({Steps::read_to_end()});
  Process client(sock_with({"connect", peer->address()}, Input::terminal(terminal.path())));
  terminal.type("hello\n");
  peer->wait_for_bytes(6);
  terminal.type("\x03");
  CHECK(client.wait().signal == SIGINT);
  CHECK(peer->finish() == "hello\n");
}

TEST_CASE("a signal that was ignored when we were started stays ignored") {
  auto peer = Peer::server({Steps::write("hello"), Steps::read_to_end(), Steps::close()});
  Program program;
  program.argv = {"sh", "-c", "trap '' HUP; exec " SOCK_PROGRAM " connect " + peer->address()};
  program.input = Input::open();
  Process client(program);
  client.wait_for_output("hello");
  client.signal(SIGHUP);
  client.write("still here");
  peer->wait_for_bytes(10);
  client.close_input();
  CHECK(client.wait().code == 0);
}
