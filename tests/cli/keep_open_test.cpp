#include <signal.h>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"

using namespace cli;
using support::Peer;
using support::Steps;

TEST_CASE("-k takes one connection after the other, on the same port") {
  for (const std::string option : {"-k", "--keep-open"}) {
    Listener listener({option});
    std::string expected;
    for (const std::string text : {"one ", "two ", "three "}) {
      CHECK(run_sock({"connect", listener.address}, Input::bytes(text)).code == 0);
      expected += text;
      listener.process.wait_for_output(expected.size());
    }
    listener.process.signal(SIGTERM);
    const Outcome outcome = listener.wait();
    CHECK(outcome.code == 0);
    CHECK(outcome.out == expected);
  }
}

TEST_CASE("-k goes on after a connection that broke, and says so") {
  Listener listener({"-k"});
  auto broken = Peer::client(listener.port(), {Steps::write("x"), Steps::stall(), Steps::reset()});
  listener.process.wait_for_output(1);
  broken->proceed();
  broken->finish();
  listener.process.wait_for_error("reset");
  CHECK(run_sock({"connect", listener.address}, Input::bytes("y")).code == 0);
  listener.process.wait_for_output(2);
  listener.process.signal(SIGINT);
  const Outcome outcome = listener.wait();
  CHECK(outcome.signal == SIGINT);
  CHECK(outcome.out == "xy");
}

TEST_CASE("without -k a listener takes one connection and no other") {
  Listener listener({}, Input::open());
  auto first = Peer::client(listener.port(), {Steps::write("x"), Steps::stall(), Steps::close()});
  listener.process.wait_for_output(1);
  CHECK(run_sock({"connect", listener.address}, Input::bytes("second")).code == 4);
  first->proceed();
  first->finish();
  listener.process.close_input();
  CHECK(listener.wait().out == "x");
}
