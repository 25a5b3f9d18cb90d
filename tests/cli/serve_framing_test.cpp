// Where datagrams of many and a stream become each other.
#include <signal.h>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "support/temp.hpp"

using namespace cli;

TEST_CASE("datagrams of all peers are lines of the output, and lines of the input datagrams") {
  UdpServer server({"-v", "--framing", "line"}, Input::open());
  auto first = server.client(), second = server.client();
  first.send("A");
  server.process.wait_for_output(std::size_t{2});
  second.send("B");
  server.process.wait_for_output(std::size_t{4});
  server.process.write("one\ntwo\n\nthree");
  server.process.close_input();
  for (sock::Socket* client : {&first, &second})
    for (const char* expected : {"one", "two", "", "three"}) CHECK(client->recv(100) == expected);
  const Outcome outcome = server.stop();
  CHECK(outcome.out == "A\nB\n");
  CHECK(outcome.code == 0);
}

TEST_CASE("lengths before the datagrams of all peers tell them apart") {
  UdpServer server({"-v", "--framing", "length"}, Input::open());
  auto client = server.client();
  client.send("hello");
  client.send("");
  server.process.wait_for_output(std::size_t{9});
  server.process.write(std::string("\0\3abc\0\0\0\1", 9));
  server.process.write("d");
  for (const char* expected : {"abc", "", "d"}) CHECK(client.recv(100) == expected);
  CHECK(server.stop().out == std::string("\0\5hello\0\0", 9));
}

TEST_CASE("a command reads the datagrams of its peer as lines, and its lines are datagrams") {
  UdpServer server({"-v", "--framing", "line"}, {},
                   {"--", "sh", "-c",
                    "while read x; do printf 'got %s\\nand ' $x; printf 'more\\n'; done; "
                    "printf rest"});
  auto client = server.client();
  client.send("one");
  client.send("two");
  for (const char* expected : {"got one", "and more", "got two", "and more"})
    CHECK(client.recv(100) == expected);
  server.process.signal(SIGTERM);
  CHECK(client.recv(100) == "rest");
  CHECK(server.process.wait().code == 0);
}

TEST_CASE("the command of a peer of records reads a stream in which they are told apart") {
  const support::TempDir dir;
  Process server(sock_with({"listen", "-k", "--type", "seqpacket", "--framing", "line",
                            "unix:" + (dir / "s").string(), "--", "sh", "-c",
                            "while read x; do echo got $x; done"}));
  listening_address(server);
  sock::Socket client(AF_UNIX, SOCK_SEQPACKET);
  client.settimeout(10s);
  client.connect(sock::Address::unix_((dir / "s").string()));
  client.send("one");
  CHECK(client.recv(100) == "got one");
  client.send("two");
  CHECK(client.recv(100) == "got two");
  client.close();
  server.signal(SIGTERM);
  CHECK(server.wait().code == 0);
}

TEST_CASE("datagrams are forwarded to a stream that tells them apart, and back") {
  // As a name server has it that speaks both (RFC 7766, 8).
  Listener far({"-k", "-v", "--echo"});
  UdpServer near({"-v", "--to", "tcp:" + far.address, "--framing", "length"});
  auto first = near.client(), second = near.client();
  for (int i = 0; i < 3; ++i) {
    CHECK(ask(first, "one") == "one");
    CHECK(ask(second, std::string(60'000, 'x')).size() == 60'000);
  }
  CHECK(near.stop().code == 0);
  far.process.wait_for_error("ended; received 15 bytes, sent 15 bytes");
  far.process.signal(SIGTERM);
  CHECK(far.wait().code == 0);
}

TEST_CASE("datagrams are not forwarded to a stream that does not tell them apart") {
  Listener far({"-k", "--discard"});
  const Outcome outcome =
      run_sock({"listen", "-k", "udp:127.0.0.1:0", "--to", "tcp:" + far.address});
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("--to: a stream does not tell datagrams apart; give --framing") !=
        std::string::npos);
  far.process.signal(SIGTERM);
  CHECK(far.wait().code == 0);
}

TEST_CASE("--recv-size makes a larger datagram a loss that is told") {
  UdpServer server({"--echo", "--recv-size", "100"});
  auto client = server.client();
  client.send(std::string(101, 'x'));
  server.process.wait_for_error("a datagram of 101 bytes, which is too large");
  CHECK(ask(client, std::string(100, 'y')) == std::string(100, 'y'));
  CHECK(server.stop().code == 0);
}
