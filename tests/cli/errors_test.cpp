// What goes wrong is said, without -v, and the exit code says which kind it was.
#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using support::Peer;
using support::Steps;

namespace {

void check_said(const Outcome& outcome, std::initializer_list<std::string> parts) {
  INFO(outcome.err);
  CHECK(outcome.err.starts_with("sock: "));
  CHECK(outcome.err.ends_with("\n"));
  for (const std::string& part : parts) {
    INFO(part);
    CHECK(outcome.err.find(part) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("3: a name that does not exist") {
  const Outcome outcome = run_sock({"connect", "no..such.host:80"});
  CHECK(outcome.code == 3);
  check_said(outcome, {"no..such.host"});
}

TEST_CASE("3: a service that does not exist") {
  const Outcome outcome = run_sock({"connect", "127.0.0.1:no-such-service"});
  CHECK(outcome.code == 3);
  check_said(outcome, {"no-such-service"});
}

TEST_CASE("3: an address of IPv6 is named as it is written") {
  const Outcome zone = run_sock({"connect", "[fe80::1%nope]:22"});
  CHECK(zone.code == 3);
  check_said(zone,
             {"getaddrinfo [fe80::1%nope]:22: EAI_NONAME: ", "there is no interface of that name"});
  const Outcome family = run_sock({"connect", "-4", "::1", "1"});
  CHECK(family.code == 3);
  check_said(family, {"getaddrinfo [::1]:1: ", "leave out -4"});
}

TEST_CASE("4: a port where nobody listens") {
  const support::ClosedPort closed;
  const Outcome outcome = run_sock({"connect", closed.address()});
  CHECK(outcome.code == 4);
  check_said(outcome, {"connect " + closed.address(), "connection refused"});
}

TEST_CASE("4: every address of a name that was tried is named") {
  const support::ClosedPort closed;
  const Outcome outcome = run_sock({"connect", "localhost:" + std::to_string(closed.port())});
  CHECK(outcome.code == 4);
  check_said(outcome, {closed.address(), "connection refused"});
}

TEST_CASE("4: a Unix socket that is not there") {
  const Outcome outcome = run_sock({"connect", "/nonexistent/s"});
  CHECK(outcome.code == 4);
  check_said(outcome, {"/nonexistent/s", "no such file"});
}

TEST_CASE("2: addresses that are none, with the column and a hint") {
  const struct {
    const char *text, *column;
  } rows[] = {
      {"[::1:80", "column"},    {"host:70000", "column 6"},     {"vsock:x:1", "column 7"},
      {"host:80:90", "column"}, {"nonsense:host:80", "column"}, {"", "column 1"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Outcome outcome = run_sock({"connect", row.text});
    CHECK(outcome.code == 2);
    check_said(outcome, {row.column, "expected"});
    CHECK(outcome.out == "");
  }
}

TEST_CASE("2: options that are none, or whose values are none") {
  const std::vector<std::vector<std::string>> rows{
      {"connect", "--no-such-option", "127.0.0.1:1"},
      {"connect"},
      {"connect", "--timeout", "soon", "127.0.0.1:1"},
      {"connect", "--timeout", "-1s", "127.0.0.1:1"},
      {"connect", "--until", "never", "127.0.0.1:1"},
      {"connect", "--type", "nonsense", "127.0.0.1:1"},
      {"connect", "--option", "SO_NO_SUCH=1", "127.0.0.1:1"},
      {"connect", "--send-only", "--recv-only", "127.0.0.1:1"},
      {"connect", "-4", "-6", "127.0.0.1:1"},
      {"connect", "-6", "/tmp/s"},
      {"connect", "127.0.0.1:1", "2"},
      {"listen", "--backlog", "many", "127.0.0.1:0"},
      {"nonsense"},
      {},
      {"pair", "one"},
      {"resolve"},
      {"hostname", "argument"},
  };
  for (const auto& words : rows) {
    std::string line = "sock";
    for (const auto& word : words) line += ' ' + word;
    INFO(line);
    const Outcome outcome = run_sock(words);
    CHECK(outcome.code == 2);
    check_said(outcome, {});
    CHECK(outcome.out == "");
  }
}

TEST_CASE("8: a port in use") {
  Listener first;
  const Outcome second = run_sock({"listen", first.address});
  CHECK(second.code == 8);
  check_said(second, {first.address, "in use"});
}

TEST_CASE("8: an address that is not this machine's") {
  const Outcome outcome = run_sock({"listen", "192.0.2.1:0"});
  CHECK(outcome.code == 8);
  check_said(outcome, {"192.0.2.1"});
}

TEST_CASE("8: a socket option that the system refuses") {
  Listener listener;
  const Outcome outcome =
      run_sock({"connect", "--option", "TCP_CONGESTION=no-such-control", listener.address});
  CHECK(outcome.code == 8);
  check_said(outcome, {"TCP_CONGESTION=no-such-control"});
}

TEST_CASE("2: a file that an option names cannot be opened") {
  const support::TempDir dir;
  const Outcome outcome =
      run_sock({"listen", "-k", "--echo", "--access", dir.path().string(), "127.0.0.1:0"});
  CHECK(outcome.code == 2);
  check_said(outcome, {"open " + dir.path().string() + ": is a directory"});
}

TEST_CASE("1: a full disk, and how much was not written") {
  auto peer = Peer::server(
      {Steps::write(std::string(100'000, 'x')), Steps::half_close(), Steps::read_to_end()});
  const Outcome outcome =
      run_sock({"connect", peer->address()}, Input::null(), Output::file("/dev/full"));
  CHECK(outcome.code == 1);
  check_said(outcome, {"standard output", "no space left", "bytes"});
}

TEST_CASE("1: an output that is not open, for a little and for much") {
  for (const std::size_t size : {std::size_t{1}, std::size_t{1'000'000}}) {
    CAPTURE(size);
    auto peer = Peer::server(
        {Steps::write(std::string(size, 'x')), Steps::half_close(), Steps::read_to_end()});
    const Outcome outcome = run_sock({"connect", peer->address()}, Input::null(), Output::closed());
    CHECK(outcome.code == 1);
    check_said(outcome, {"standard output"});
  }
}

TEST_CASE("an output whose reader has seen enough ends the run quietly, and the peer is told") {
  std::vector<support::Step> script(1, Steps::write(std::string(1 << 20, 'x')));
  script.push_back(Steps::stall());
  script.push_back(Steps::write_until_refused());
  auto peer = Peer::server(script);
  Process client(sock_with({"connect", peer->address()}, Input::open()));
  client.wait_for_output(1);
  client.close_output();
  peer->proceed();
  const Outcome outcome = client.wait();
  CHECK(outcome.err == "");
  CHECK(outcome.code == 1);  // not all of it was delivered
  peer->finish();
}

TEST_CASE("1: a reset in the middle of what we send, and how many bytes went") {
  auto peer = Peer::server({Steps::read(100'000), Steps::reset()});
  const Outcome outcome =
      run_sock({"connect", peer->address()}, Input::bytes(std::string(32 << 20, 'x')));
  CHECK(outcome.code == 1);
  check_said(outcome, {peer->address(), "bytes"});
  // The kernel tells a reset once, and not at all where a part of what it was given had gone.
  const bool told = outcome.err.find("reset") != std::string::npos;
  CHECK((told || outcome.err.find("closed by peer while sending") != std::string::npos));
  peer->finish();
}

TEST_CASE("1: a reset in the middle of what we receive; what came before is delivered") {
  auto peer = Peer::server({Steps::write("half"), Steps::stall(), Steps::reset()});
  Process client(sock_with({"connect", peer->address()}, Input::open()));
  client.wait_for_output("half");
  peer->proceed();
  const Outcome outcome = client.wait();
  CHECK(outcome.code == 1);
  CHECK(outcome.out == "half");
  check_said(outcome, {peer->address(), "reset"});
}

TEST_CASE("1: a peer that closes without reading what we send") {
  auto peer = Peer::server({Steps::read(1), Steps::close()});
  const Outcome outcome =
      run_sock({"connect", peer->address()}, Input::bytes(std::string(32 << 20, 'x')));
  CHECK(outcome.code == 1);
  check_said(outcome, {peer->address()});
}

TEST_CASE("bytes from elsewhere do not reach the terminal as control codes") {
  const Outcome outcome = run_sock({"connect", "unix:/no/\x1b[31mred"});
  CHECK(outcome.code == 4);
  CHECK(outcome.err.find('\x1b') == std::string::npos);
  CHECK(outcome.err.find("\\x1b") != std::string::npos);
}

TEST_CASE("-q says errors too") {
  const support::ClosedPort closed;
  const Outcome outcome = run_sock({"connect", "-q", closed.address()});
  CHECK(outcome.code == 4);
  check_said(outcome, {"refused"});
}

TEST_CASE("--help and --version are data") {
  for (const std::string command : {"connect", "listen", "pair", "resolve", "hostname"}) {
    const Outcome outcome = run_sock({command, "--help"});
    CHECK(outcome.code == 0);
    CHECK(outcome.err == "");
    CHECK(outcome.out.find("sock " + command) != std::string::npos);
    std::size_t column = 0;
    for (const char c : outcome.out) {
      column = c == '\n' ? 0 : column + 1;
      REQUIRE(column <= 80);
    }
  }
  CHECK(run_sock({"--help"}).out.find("hostname") != std::string::npos);
  CHECK(run_sock({"--version"}).out == "sock " SOCK_VERSION "\n");
}
