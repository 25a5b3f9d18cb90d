// --reconnect: one conversation over as many connections as it takes.
#include <csignal>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "sock/create.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;
using support::Peer;
using support::Steps;

namespace {

// A server that takes one connection after the other; every wait is bounded.
struct Server {
  sock::Socket listener = sock::create_server("127.0.0.1", 0);

  Server() { listener.settimeout(20s); }
  std::string address() const { return to_string(listener.getsockname()); }
  sock::Socket accept() {
    sock::Socket socket = listener.accept().first;
    socket.settimeout(20s);
    return socket;
  }
  // Closes with a reset.
  static void reset(sock::Socket& socket) {
    const linger now{1, 0};
    socket.setsockopt(SOL_SOCKET, SO_LINGER, std::as_bytes(std::span(&now, 1)));
    socket.close();
  }
};

std::string read_to_end(sock::Socket& socket) {
  std::string all;
  for (std::string part; !(part = socket.recv(65536)).empty();) all += part;
  return all;
}

}  // namespace

TEST_CASE("a peer that ends is connected to again, and gets what comes next") {
  Server server;
  Process client(sock_with({"connect", "--reconnect", server.address()}, Input::open()));
  sock::Socket first = server.accept();
  client.write("one");
  CHECK(first.recv(3) == "one");
  first.sendall("eins ");
  first.close();
  client.wait_for_error(
      "connection to 127.0.0.1:\\d+: ended by the peer; 5 bytes received, 3 bytes");
  sock::Socket second = server.accept();
  client.write("two");
  client.close_input();
  CHECK(read_to_end(second) == "two");
  second.sendall("zwei");
  second.close();
  const Outcome outcome = client.wait();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "eins zwei");
}

TEST_CASE("an input that ends while there is no connection ends the run, where nothing is left") {
  Server server;
  Process client(sock_with({"connect", "--reconnect", server.address()}, Input::open()));
  sock::Socket first = server.accept();
  client.write("one");
  CHECK(first.recv(3) == "one");
  server.listener.close();
  first.close();
  client.wait_for_error("ended by the peer");
  client.close_input();
  const Outcome outcome = client.wait();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("nothing of it is left to be sent") != std::string::npos);
}

TEST_CASE("what comes while there is no connection is sent on the next one, also after its end") {
  Server server;
  const std::uint16_t port = server.listener.getsockname().port();
  Process client(sock_with({"connect", "--reconnect", server.address()}, Input::open()));
  sock::Socket first = server.accept();
  server.listener.close();
  first.close();
  client.wait_for_error("ended by the peer");
  client.write("late");
  client.close_input();
  server.listener = sock::create_server("127.0.0.1", port);
  server.listener.settimeout(20s);
  sock::Socket second = server.accept();
  CHECK(read_to_end(second) == "late");
  second.close();
  CHECK(client.wait().code == 0);
}

TEST_CASE("the file of a Unix source is made anew for each connection, and removed at the end") {
  const support::TempDir dir;
  sock::Socket listener(AF_UNIX, SOCK_STREAM);
  listener.settimeout(20s);
  listener.bind(sock::Address::unix_((dir / "peer").string()));
  listener.listen();
  const std::string source = (dir / "own").string();
  Process client(
      sock_with({"connect", "--reconnect", "--source", source, dir / "peer"}, Input::open()));
  for (int i = 0; i < 3; ++i) {
    auto [socket, from] = listener.accept();
    CHECK(from.path() == source);
    if (i < 2) continue;
    socket.sendall("done");
    client.wait_for_output("done");
    client.signal(SIGTERM);
    client.wait();
  }
  CHECK_FALSE(std::filesystem::exists(source));
}

TEST_CASE("what a reset connection had not taken is sent on the next one") {
  Server server;
  const support::TempDir dir;
  support::write_random(dir / "data", 40'000'000);
  const std::string data = support::read_file(dir / "data");
  Process client(
      sock_with({"connect", "--reconnect", server.address()}, Input::pipe_from(dir / "data")));
  sock::Socket first = server.accept();
  first.recv(1000);
  Server::reset(first);
  client.wait_for_error("reset by peer");
  sock::Socket second = server.accept();
  const std::string tail = read_to_end(second);
  second.close();
  const Outcome outcome = client.wait();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  // Lost is what the system had taken and the peer had not: no more than that, and it was told.
  REQUIRE(tail.size() < data.size());
  CHECK(data.ends_with(tail));
  const std::string sent = "reset by peer; 0 bytes received, " +
                           std::to_string(data.size() - tail.size()) + " bytes sent";
  CHECK(outcome.err.find(sent) != std::string::npos);
  // Mostly so: the input was faster than the connection.
  const bool held = outcome.err.find("read but not sent") != std::string::npos;
  CHECK(held == (outcome.err.find("kept for the next connection") != std::string::npos));
}

TEST_CASE("-r goes on with the next connection for ever") {
  Server server;
  Process client(sock_with({"connect", "--reconnect", "-r", server.address()}));
  for (int i = 0; i < 3; ++i) server.accept().sendall("x");
  client.wait_for_output(3);
  client.signal(15);
  CHECK(client.wait().signal == 15);
}

TEST_CASE("a conversation whose input has ended ends with its peer") {
  auto peer = Peer::server({Steps::read_to_end(), Steps::write("bye"), Steps::close()});
  const Outcome outcome =
      run_sock({"connect", "--reconnect", peer->address()}, Input::bytes("hello"));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "bye");
  CHECK(peer->finish() == "hello");
}

TEST_CASE("--wait bounds each time of connecting again, and the first time it fails at once") {
  const support::ClosedPort closed;
  const Outcome refused = run_sock({"connect", "--reconnect", closed.address()});
  CHECK(refused.code == 4);

  auto peer = Peer::server({Steps::read(1), Steps::reset()});
  Process client(
      sock_with({"connect", "--reconnect", "--wait", "400ms", peer->address()}, Input::open()));
  client.write("x");
  const Outcome outcome = client.wait();
  INFO(outcome.err);
  CHECK(outcome.code == 5);
  CHECK(outcome.err.find("reset by peer") != std::string::npos);
  CHECK(outcome.err.find("--wait 400ms is over") != std::string::npos);
}

TEST_CASE("--reconnect has no use for a command, nor for a socket that was inherited") {
  CHECK(run_sock({"connect", "--reconnect", "127.0.0.1:1", "--", "cat"}).code == 2);
  CHECK(run_sock({"connect", "--reconnect", "fd:0"}).code == 2);
}
