#include <signal.h>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using support::Peer;
using support::Steps;
using support::TempDir;

namespace {

Outcome stop(Listener& listener) {
  listener.process.signal(SIGTERM);
  return listener.wait();
}

}  // namespace

TEST_CASE("--echo gives each of many what it sent, also more than the buffers hold") {
  Listener listener({"-k", "--echo"});
  auto first = client_of(listener), second = client_of(listener);
  CHECK(answer_to(first, "one") == "one");
  CHECK(answer_to(second, "two") == "two");
  CHECK(answer_to(first, "three") == "three");
  const std::string much = support::random_bytes(20'000'000);
  std::thread writer([&] {
    second.sendall(much);
    second.shutdown(SHUT_WR);
  });
  CHECK((read_to_end(second) == much));
  writer.join();
  first.close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("a mode without -k serves one connection, and ends") {
  Listener listener({"--echo"});
  auto only = client_of(listener);
  CHECK(answer_to(only, "x") == "x");
  CHECK(run_sock({"connect", listener.address}).code == 4);
  only.close();
  CHECK(listener.wait().code == 0);
}

TEST_CASE("--discard drops what comes, and says how much with -v") {
  Listener listener({"-k", "-v", "--discard"});
  auto client = client_of(listener);
  client.sendall(std::string(3'000'000, 'x'));
  client.close();
  listener.process.wait_for_error("ended; received 3000000 bytes, sent 0 bytes in ");
  CHECK(stop(listener).code == 0);
}

TEST_CASE("--send gives each the file, also one that has asked for it, and curl") {
  const TempDir directory;
  const auto file = directory / "file";
  support::write_file(file, "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n");
  Listener listener({"-k", "--send", file.string()});
  auto plain = client_of(listener), asking = client_of(listener);
  asking.sendall("GET / HTTP/1.0\r\n\r\n");
  CHECK(read_to_end(plain) == support::read_file(file));
  CHECK(read_to_end(asking) == support::read_file(file));
  if (!is_missing("curl")) {
    Program curl;
    curl.argv = {"curl", "-s", "http://" + listener.address + "/"};
    CHECK(support::run(std::move(curl)).out == "hello\n");
  }
  plain.close();
  asking.close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("--send of a large file is whole, and of none is an error") {
  const TempDir directory;
  const auto file = directory / "file";
  support::write_random(file, 30'000'000);
  Listener listener({"-k", "--send", file.string()});
  auto client = client_of(listener);
  CHECK((read_to_end(client) == support::read_file(file)));
  client.close();
  CHECK(stop(listener).code == 0);

  const Outcome missing =
      run_sock({"listen", "-k", "127.0.0.1:0", "--send", (directory / "none").string()});
  CHECK(missing.code == 2);
  CHECK(missing.err.find("none") != std::string::npos);
  CHECK(missing.err.find("listening") == std::string::npos);
  CHECK(run_sock({"listen", "-k", "127.0.0.1:0", "--send", directory.path().string()}).code == 2);
}

TEST_CASE("--to forwards both ways, and each side's end of input") {
  // The far side answers only when it has read to the end.
  Listener far({"-k"}, Input::null(), Output::captured(), {"--", "sh", "-c", "cat; echo over"});
  Listener near({"-k", "--to", far.address});
  auto first = client_of(near), second = client_of(near);
  const std::string much = support::random_bytes(20'000'000);
  std::thread writer([&] {
    first.sendall(much);
    first.shutdown(SHUT_WR);
  });
  CHECK((read_to_end(first) == much + "over\n"));
  writer.join();
  second.sendall("small");
  second.shutdown(SHUT_WR);
  CHECK(read_to_end(second) == "smallover\n");
  CHECK(stop(near).code == 0);
  CHECK(stop(far).code == 0);
}

TEST_CASE("--to where nobody listens closes the connection, says so, and goes on") {
  const support::ClosedPort nobody;
  Listener listener({"-k", "--to", nobody.address()});
  for (int i = 0; i < 2; ++i) {
    auto client = client_of(listener);
    CHECK(read_to_end(client) == "");
  }
  const Outcome outcome = stop(listener);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("connect " + nobody.address() + ": connection refused") !=
        std::string::npos);
}

TEST_CASE("--to does not wait for one peer's connection while others come") {
  const support::FullListener never;
  Listener listener({"-k", "-v", "--to", never.address(), "--timeout", "60s"});
  auto first = Peer::client(listener.port(), {Steps::stall(), Steps::reset()});
  auto second = Peer::client(listener.port(), {Steps::stall(), Steps::reset()});
  listener.process.wait_for_error("connection from [^]*connection from ");
  // For clients that are gone nobody is dialled any longer.
  for (const auto& client : {first.get(), second.get()}) {
    client->proceed();
    client->finish();
  }
  listener.process.wait_for_error(": reset; [^]*: reset; ");
  CHECK(stop(listener).err.find("not finished") == std::string::npos);
}

TEST_CASE("--broker gives what one sends to all others, and drops who does not read") {
  Listener listener({"-k", "-v", "--broker"});
  auto slow = client_of(listener);
  listener.process.wait_for_error("connection from ");
  auto talker = client_of(listener);
  listener.process.wait_for_error("connection from [^]*connection from ");
  auto reader = client_of(listener);
  listener.process.wait_for_error("connection from [^]*connection from [^]*connection from ");

  const std::string much = support::random_bytes(16'000'000);
  std::thread writer([&] { talker.sendall(much); });
  CHECK((read_exactly(reader, much.size()) == much));
  writer.join();
  listener.process.wait_for_error("reads too slowly, and is dropped");
  reader.sendall("back");
  CHECK(read_exactly(talker, 4) == "back");
  listener.process.wait_for_error(": slow; ");
  for (sock::Socket* socket : {&slow, &talker, &reader}) socket->close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("--chat gives whole lines with names, and nothing that a terminal obeys") {
  Listener listener({"-k", "-v", "--chat"});
  auto talker = client_of(listener);
  auto reader = client_of(listener);
  listener.process.wait_for_error("connection from [^]*connection from ");
  talker.sendall("hel");
  talker.sendall("lo\r\nred \x1b[31m\nlast");
  talker.shutdown(SHUT_WR);
  const std::string name = "<" + sock::to_string(talker.getsockname()) + "> ";
  const std::string expected = name + "hello\n" + name + "red \\x1b[31m\n" + name + "last\n";
  CHECK(read_exactly(reader, expected.size()) == expected);
  reader.close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("a command has the connection itself, its addresses, and our old limit of files") {
  Listener listener({"-k", "-v"}, Input::null(), Output::captured(),
                    {"--", "sh", "-c", "read x; echo $x $PROTO $TCPREMOTEPORT; exit 3"});
  auto first = client_of(listener), second = client_of(listener);
  for (sock::Socket* socket : {&second, &first}) {
    socket->sendall("hello\n");
    CHECK(read_to_end(*socket) ==
          "hello TCP " + std::to_string(socket->getsockname().port()) + "\n");
  }
  listener.process.wait_for_error("exited, exit 3[^]*exited, exit 3");
  CHECK(stop(listener).code == 0);
}

TEST_CASE("a command that is not there is an error of each connection, not of the run") {
  Listener listener({"-k"}, Input::null(), Output::captured(), {"--", "/no/such/command"});
  auto client = client_of(listener);
  CHECK(read_to_end(client) == "");
  listener.process.wait_for_error("run /no/such/command: no such file or directory");
  CHECK(stop(listener).code == 0);
}

TEST_CASE("without a mode the input goes to all, and all to the output") {
  Listener listener({"-k", "-v"}, Input::open());
  auto first = client_of(listener), second = client_of(listener);
  listener.process.wait_for_error("connection from [^]*connection from ");
  listener.process.write("to all");
  CHECK(read_exactly(first, 6) == "to all");
  CHECK(read_exactly(second, 6) == "to all");
  first.sendall("A");
  listener.process.wait_for_output(std::size_t{1});
  second.sendall("B");
  listener.process.wait_for_output(std::size_t{2});
  listener.process.close_input();
  CHECK(read_to_end(first) == "");
  CHECK(read_to_end(second) == "");
  first.close();
  second.close();
  const Outcome outcome = stop(listener);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "AB");
}

TEST_CASE("the input waits for the first peer, and a large one reaches it whole") {
  const TempDir directory;
  const auto file = directory / "input";
  support::write_random(file, 20'000'000);
  Listener listener({"-k"}, Input::file(file));
  auto client = client_of(listener);
  CHECK((read_to_end(client) == support::read_file(file)));
  client.close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("several addresses are listened on at once, a Unix socket with its mode among them") {
  const TempDir directory;
  const std::string path = (directory / "s").string();
  Process process(sock_with({"listen", "-k", "--echo", "--mode", "0620", "127.0.0.1:0", path}));
  process.wait_for_error("listening on 127.0.0.1:[0-9]+ and unix:" + path + "\n");
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0620);
  CHECK(run_sock({"connect", path}, Input::bytes("hello")).out == "hello");
  process.signal(SIGTERM);
  CHECK(process.wait().code == 0);
  CHECK(::stat(path.c_str(), &status) != 0);
}

TEST_CASE("peers that have no name have a number") {
  const TempDir directory;
  const std::string path = (directory / "s").string();
  Process process(sock_with({"listen", "-k", "-v", "--echo", "--max-per-peer", "1", path}));
  process.wait_for_error("listening on");
  sock::Socket client(AF_UNIX, SOCK_STREAM), other(AF_UNIX, SOCK_STREAM);
  client.connect(sock::Address::unix_(path));
  process.wait_for_error("connection from peer 1 of unix:" + path);
  other.connect(sock::Address::unix_(path));
  process.wait_for_error("a peer turned away from unix:" + path);
  client.close();
  process.wait_for_error("peer 1 of unix:[^ ]* at unix:[^ ]*: ended");
  process.signal(SIGTERM);
  CHECK(process.wait().code == 0);
}

TEST_CASE("records of a seqpacket socket stay what they are") {
  const TempDir directory;
  const std::string path = (directory / "s").string();
  Process process(sock_with({"listen", "-k", "--echo", "--type", "seqpacket", path}));
  process.wait_for_error("listening on");
  sock::Socket client(AF_UNIX, SOCK_SEQPACKET);
  client.settimeout(10s);
  client.connect(sock::Address::unix_(path));
  client.send("one");
  client.send("three");
  CHECK(client.recv(100) == "one");
  CHECK(client.recv(100) == "three");
  client.close();
  process.signal(SIGTERM);
  CHECK(process.wait().code == 0);
}
