// --wait: a peer that is not there yet.
#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;

TEST_CASE("--wait connects once the peer is there, and tells of each try with -v") {
  const support::TempDir dir;
  const std::string path = dir / "s";
  Process client(sock_with({"connect", "-v", "--wait", "20s", path}));
  client.wait_for_error("no such file or directory; trying again in ");
  Process listener(sock_with({"listen", "--deadline", "20s", path}, Input::bytes("hello")));
  const Outcome outcome = client.wait();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "hello");
  CHECK(outcome.err.find("connected to unix:" + path) != std::string::npos);
}

TEST_CASE("--wait gives up at its limit, and says what it had waited for") {
  const support::ClosedPort closed;
  const Outcome outcome = run_sock({"connect", "--wait", "400ms", closed.address()});
  INFO(outcome.err);
  CHECK(outcome.code == 5);
  CHECK(outcome.took >= 380ms);
  CHECK(outcome.err.starts_with("sock: connect " + closed.address() +
                                ": --wait 400ms is over after "));
  CHECK(outcome.err.find("connection refused; nothing listens there") != std::string::npos);
  CHECK(outcome.err.find("trying again") == std::string::npos);
}

TEST_CASE("--wait waits for a name, and for a peer that does not answer") {
  const Outcome unknown = run_sock({"connect", "--wait", "300ms", "no..such.host:80"});
  CHECK(unknown.code == 5);
  CHECK(unknown.err.find("EAI_NONAME") != std::string::npos);
  const support::FullListener full;
  const Outcome silent =
      run_sock({"connect", "-v", "--wait", "700ms", "--timeout", "200ms", full.address()});
  CHECK(silent.code == 5);
  CHECK(silent.err.find("timed out; trying again in ") != std::string::npos);
}

TEST_CASE("--wait does not wait for what only the user can change") {
  const Outcome absent =
      run_sock({"connect", "--wait", "20s", "--interface", "no-such-iface", "127.0.0.1:1"});
  CHECK(absent.code == 8);
  CHECK(absent.took < 10s);
  CHECK(run_sock({"connect", "--wait", "20s", "unix:"}).code == 2);
  CHECK(run_sock({"connect", "--wait", "0", "127.0.0.1:1"}).code == 2);
}

TEST_CASE("a signal ends the waiting") {
  const support::ClosedPort closed;
  Process client(sock_with({"connect", "-v", "--wait", "20s", closed.address()}));
  client.wait_for_error("trying again");
  client.signal(15);
  CHECK(client.wait().signal == 15);
}

TEST_CASE("--deadline bounds the waiting, too") {
  const support::ClosedPort closed;
  const Outcome outcome =
      run_sock({"connect", "--wait", "20s", "--deadline", "200ms", closed.address()});
  CHECK(outcome.code == 5);
  CHECK(outcome.err.find("--deadline 200ms is over") != std::string::npos);
}
