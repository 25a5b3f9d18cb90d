#include <signal.h>

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
