#include <signal.h>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "support/temp.hpp"

using namespace cli;

TEST_CASE("UDP --echo answers each peer, the largest and the empty datagram too") {
  UdpServer server({"--echo"});
  auto first = server.client(), second = server.client();
  first.send("one");
  second.send("two");
  CHECK(second.recv(100) == "two");
  CHECK(first.recv(100) == "one");
  const std::string large(65507, 'x');
  CHECK((ask(first, large) == large));
  CHECK(ask(second, "") == "");
  CHECK(server.stop().code == 0);
}

TEST_CASE("UDP sessions end when they are idle, and begin again") {
  UdpServer server({"-v", "--echo", "--idle-timeout", "200ms"});
  auto client = server.client();
  CHECK(ask(client, "one") == "one");
  server.process.wait_for_error(": idle; received 3 bytes, sent 3 bytes");
  CHECK(ask(client, "two") == "two");
  server.process.wait_for_error("connection from [^]*idle[^]*connection from ");
  CHECK(server.stop().code == 0);
}

TEST_CASE("a command for each UDP peer answers that peer, a datagram a line") {
  UdpServer server({"-v"}, {},
                   {"--", "sh", "-c", "n=0; while read x; do n=$((n+1)); echo $PROTO $n $x; done"});
  auto first = server.client(), second = server.client();
  CHECK(ask(first, "a\n") == "UDP 1 a\n");
  CHECK(ask(second, "b\n") == "UDP 1 b\n");
  CHECK(ask(first, "c\n") == "UDP 2 c\n");
  const Outcome outcome = server.stop();
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("ended, exit 0") != std::string::npos);
}

TEST_CASE("the command of an idle UDP peer reads the end of its input, and another begins") {
  UdpServer server({"-v", "--idle-timeout", "200ms"}, {},
                   {"--", "sh", "-c", "while read x; do echo $$; done; exit 4"});
  auto client = server.client();
  const std::string before = ask(client, "x\n");
  server.process.wait_for_error("idle, exit 4");
  const std::string after = ask(client, "x\n");
  CHECK(before != after);
  CHECK(server.stop().code == 0);
}

TEST_CASE("UDP --to gives each peer a socket of its own on the other side") {
  UdpServer far({"-v", "--echo"});
  UdpServer near({"--to", far.address.substr(4)});
  auto first = near.client(), second = near.client();
  first.send("one");
  second.send("two");
  CHECK(first.recv(100) == "one");
  CHECK(second.recv(100) == "two");
  far.process.wait_for_error("connection from [^]*connection from ");
  // Nobody there any more: told, and the next datagram begins anew.
  far.stop();
  first.send("three");
  near.process.wait_for_error("connection refused");
  CHECK(near.stop().code == 0);
}

TEST_CASE("UDP without a mode: the input goes to all peers, and all to the output") {
  UdpServer server({"-v"}, Input::open());
  auto first = server.client(), second = server.client();
  first.send("A");
  server.process.wait_for_output(std::size_t{1});
  second.send("B");
  server.process.wait_for_output(std::size_t{2});
  server.process.write("to all");
  CHECK(first.recv(100) == "to all");
  CHECK(second.recv(100) == "to all");
  const Outcome outcome = server.stop();
  CHECK(outcome.out == "AB");
  CHECK(outcome.code == 0);
}

TEST_CASE("rules and limits hold for UDP peers") {
  UdpServer server({"-v", "--echo", "--deny", "127.0.0.2", "--max-per-peer", "1"});
  auto first = server.client(), second = server.client(), stranger = server.client("127.0.0.2");
  CHECK(ask(first, "x") == "x");
  stranger.send("x");
  server.process.wait_for_error("udp:127.0.0.2:[0-9]+ turned away from [^\n]*: not allowed");
  second.send("x");
  server.process.wait_for_error("turned away from [^\n]*: too many of its host");
  CHECK(ask(first, "y") == "y");
  CHECK(server.stop().code == 0);
}

TEST_CASE("a mode that needs connections refuses datagrams") {
  const Outcome outcome = run_sock({"listen", "-k", "--broker", "udp:127.0.0.1:0"});
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("datagrams") != std::string::npos);
}

TEST_CASE("Unix datagram peers are answered where they have a name") {
  const support::TempDir directory;
  const std::string path = (directory / "s").string();
  Process server(sock_with({"listen", "-k", "--echo", "--type", "dgram", path}));
  server.wait_for_error("listening on");
  sock::Socket client(AF_UNIX, SOCK_DGRAM);
  client.settimeout(10s);
  client.bind(sock::Address::unix_(""));
  client.connect(sock::Address::unix_(path));
  // More than its queue holds: they wait, and none is lost.
  std::string expected, all;
  for (int i = 0; i < 100; ++i) {
    const std::string text = std::to_string(i) + ' ';
    client.send(text);
    expected += text;
  }
  while (all.size() < expected.size()) all += client.recv(100);
  CHECK(all == expected);
  sock::Socket nameless(AF_UNIX, SOCK_DGRAM);
  nameless.connect(sock::Address::unix_(path));
  nameless.send("x");
  server.wait_for_error("peer 2 of unix:");
  CHECK(ask(client, "still") == "still");
  server.signal(SIGTERM);
  CHECK(server.wait().code == 0);
}

TEST_CASE("a datagram that is too large to read is told, not cut") {
  const support::TempDir directory;
  const std::string path = (directory / "s").string();
  Process server(sock_with({"listen", "-k", "--type", "dgram", path}));
  server.wait_for_error("listening on");
  sock::Socket client(AF_UNIX, SOCK_DGRAM);
  client.settimeout(10s);
  client.setsockopt(SOL_SOCKET, SO_SNDBUF, 1 << 20);
  client.connect(sock::Address::unix_(path));
  try {
    client.send(std::string(300'000, 'x'));
  } catch (const sock::Error&) {
    MESSAGE("this system takes no datagram of 300000 bytes");
    return;
  }
  server.wait_for_error("lost a datagram of 300000 bytes, which is too large");
  client.send("small");
  server.wait_for_output(std::size_t{5});
  server.signal(SIGTERM);
  CHECK(server.wait().out == "small");
}
