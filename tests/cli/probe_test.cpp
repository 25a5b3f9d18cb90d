// -z: what is open, closed, silent; and what runs when it is.
#include <thread>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/program.hpp"
#include "sock/create.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;

namespace {

// A server that takes what comes: the queue is long enough.
struct Server {
  sock::Socket listener = sock::create_server("127.0.0.1", 0);
  std::string address() const { return to_string(listener.getsockname()); }
  std::string port() const { return std::to_string(listener.getsockname().port()); }
};

sock::Socket udp_socket() {
  sock::Socket socket(AF_INET, SOCK_DGRAM);
  socket.bind(sock::Address::inet("127.0.0.1", 0));
  socket.settimeout(20s);
  return socket;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A row of the table: its words.
std::string row(const Outcome& outcome, const std::string& target) {
  const auto begin = outcome.out.find("\n" + target + " ") + 1;
  return outcome.out.substr(begin, outcome.out.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("open, closed and silent ports are told apart in one run") {
  const Server server;
  const support::ClosedPort closed;
  const support::FullListener full;
  const Outcome outcome = run_sock({"connect", "-z", "--timeout", "300ms", server.address(),
                                    closed.address(), full.address(), "/nonexistent/s"});
  INFO(outcome.out);
  CHECK(outcome.code == 5);
  CHECK(outcome.err.empty());
  CHECK(has(row(outcome, server.address()), " open "));
  CHECK(has(row(outcome, closed.address()), " closed "));
  CHECK(has(row(outcome, closed.address()), "connection refused"));
  CHECK(has(row(outcome, full.address()), " filtered "));
  CHECK(has(row(outcome, "unix:/nonexistent/s"), " closed "));
  CHECK(run_sock({"connect", "-z", server.address()}).code == 0);
  CHECK(run_sock({"connect", "-z", "127.0.0.1", server.port()}).code == 0);
  CHECK(run_sock({"connect", "--probe", closed.address()}).code == 4);
  CHECK(run_sock({"connect", "-z", "no..such.host:1"}).code == 3);
}

TEST_CASE("a range of ports is scanned, as objects on request") {
  const Server server;
  const int port = server.listener.getsockname().port();
  const std::string from = std::to_string(std::max(port - 150, 1));
  const Outcome outcome = run_sock(
      {"connect", "-z", "--json", "--jobs", "16", "localhost:" + from + "-" + server.port(), "-4"});
  std::size_t rows = 0;
  bool open = false;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line); ++rows) {
    const auto json = nlohmann::json::parse(line);
    if (json["target"] == "localhost:" + server.port()) {
      open = json["state"] == "open" && json["address"] == server.address();
    }
  }
  CHECK(rows == 151);
  CHECK(open);
}

TEST_CASE("a datagram has three answers") {
  sock::Socket answers = udp_socket(), silent = udp_socket();
  const std::string open = "udp:" + to_string(answers.getsockname());
  const std::string quiet = "udp:" + to_string(silent.getsockname());
  std::string closed;
  {
    const sock::Socket gone = udp_socket();
    closed = "udp:" + to_string(gone.getsockname());
  }
  std::string question;
  std::thread server([&] {
    const auto [data, peer] = answers.recvfrom(100);
    question = data;
    answers.sendto("pong", peer);
  });
  const Outcome outcome = run_sock(
      {"connect", "-z", "--timeout", "500ms", "--probe-data", "text:ping", open, quiet, closed});
  server.join();
  INFO(outcome.out);
  CHECK(question == "ping");
  CHECK(outcome.code == 5);
  CHECK(has(row(outcome, open), " open "));
  CHECK(has(row(outcome, quiet), " open|filtered  - "));
  CHECK_FALSE(has(row(outcome, quiet).substr(quiet.size()), "127.0.0.1"));
  CHECK(has(row(outcome, closed), " closed "));
  CHECK(silent.recv(100) == "ping");
}

TEST_CASE("--any is content with one, and --all is not") {
  const Server server;
  const support::ClosedPort closed;
  CHECK(run_sock({"connect", "-z", "--any", closed.address(), server.address()}).code == 0);
  CHECK(run_sock({"connect", "-z", "--any", closed.address()}).code == 4);
  CHECK(run_sock({"connect", "-z", "--all", closed.address(), server.address()}).code == 4);
}

TEST_CASE("a command takes the place of the probe when the condition holds") {
  const Server server;
  const support::ClosedPort closed;
  const Outcome held = run_sock({"connect", "-z", server.address(), "--", "sh", "-c",
                                 "cat; echo \"$1\" >&2; exit 7", "x", "y z"},
                                Input::bytes("input"));
  CHECK(held.code == 7);
  CHECK(held.out == "input");
  CHECK(held.err == "y z\n");

  const Outcome failed =
      run_sock({"connect", "-z", server.address(), closed.address(), "--", "echo", "never"});
  CHECK(failed.code == 4);
  CHECK(failed.out.empty());
  CHECK(failed.err == "sock: probe " + closed.address() + ": closed: connection refused\n");
  CHECK(run_sock({"connect", "-z", server.address(), "--", "/no/such/program"}).code == 127);
  const support::TempDir dir;
  support::write_file(dir / "data", "x");
  CHECK(run_sock({"connect", "-z", server.address(), "--", dir / "data"}).code == 126);
}

TEST_CASE("with --wait a command runs as soon as everything is there") {
  const Server server;
  const support::TempDir dir;
  const std::string path = dir / "s";
  Process waits(sock_with(
      {"connect", "-v", "-z", "--wait", "20s", server.address(), path, "--", "echo", "started"}));
  waits.wait_for_error("unix:[^\n]*: no such file or directory; trying again in ");
  sock::Socket late(AF_UNIX);
  late.bind(sock::Address::unix_(path));
  late.listen();
  const Outcome outcome = waits.wait();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "started\n");

  const support::ClosedPort closed;
  const Outcome never = run_sock(
      {"connect", "-z", "--wait", "300ms", server.address(), closed.address(), "--", "echo", "x"});
  CHECK(never.code == 5);
  CHECK(never.out.empty());
  CHECK(has(never.err, "probe " + closed.address() + ": closed: connection refused"));
  CHECK(has(never.err, "--wait 300ms is over"));
}

TEST_CASE("a signal ends a probe") {
  const support::ClosedPort closed;
  Process waits(sock_with({"connect", "-v", "-z", "--wait", "20s", closed.address()}));
  waits.wait_for_error("trying again");
  waits.signal(2);
  CHECK(waits.wait().signal == 2);
}

TEST_CASE("options of a probe are for a probe, and it has no use for others") {
  const std::vector<std::vector<std::string>> wrong{{"--any", "127.0.0.1:1"},
                                                    {"127.0.0.1:1", "2", "127.0.0.1:3"},
                                                    {"--jobs", "3", "127.0.0.1:1"},
                                                    {"-z", "--any", "--all", "127.0.0.1:1"},
                                                    {"-z", "--jobs", "0", "127.0.0.1:1"},
                                                    {"-z", "--reconnect", "127.0.0.1:1"},
                                                    {"-z", "--linger", "1s", "127.0.0.1:1"},
                                                    {"-z", "-s", "127.0.0.1:1"},
                                                    {"-z", "--probe-data", "x", "udp:127.0.0.1:1"},
                                                    {"-z", "127.0.0.1:2-1"}};
  for (auto arguments : wrong) {
    CAPTURE(arguments.back());
    arguments.insert(arguments.begin(), "connect");
    CHECK(run_sock(arguments).code == 2);
  }
}
