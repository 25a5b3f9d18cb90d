#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "sock/socket.hpp"
#include "support/temp.hpp"

using namespace cli;
namespace fs = std::filesystem;

namespace {

// Listens, sends both ways, and expects both to end well.
void converse(std::vector<std::string> options, const std::string& address) {
  std::vector<std::string> listen{"listen"}, connect{"connect"};
  listen.insert(listen.end(), options.begin(), options.end());
  connect.insert(connect.end(), options.begin(), options.end());
  listen.push_back(address);
  connect.push_back(address);
  Process listener(sock_with(listen, Input::bytes("from listen")));
  listening_address(listener);
  const Outcome client = run_sock(connect, Input::bytes("from connect"));
  CHECK(client.code == 0);
  CHECK(client.err == "");
  CHECK(client.out == "from listen");
  const Outcome over = listener.wait();
  CHECK(over.code == 0);
  CHECK(over.out == "from connect");
}

// A socket file whose listener was killed: nobody serves it, and it is still there.
void leave_dead_socket(const std::string& path) {
  Process killed(sock_with({"listen", path}));
  listening_address(killed);
  killed.signal(SIGKILL);
  CHECK(killed.wait().signal == SIGKILL);
  REQUIRE(fs::is_socket(path));
}

}  // namespace

TEST_CASE("stream, by path and by prefix") {
  support::TempDir dir;
  const std::string path = (dir / "s").string();
  for (const std::string& address : {path, "unix:" + path}) {
    INFO(address);
    converse({}, address);
    CHECK_FALSE(fs::exists(path));
  }
}

TEST_CASE("a socket without a name does not come from one") {
  support::TempDir dir;
  Process listener(sock_with({"listen", (dir / "s").string()}));
  listening_address(listener);
  const Outcome client = run_sock({"connect", "-v", (dir / "s").string()});
  CHECK(client.code == 0);
  CHECK(client.err.find("connected to unix:" + (dir / "s").string() + " in ") != std::string::npos);
  CHECK(client.err.find(" from ") == std::string::npos);
  CHECK(listener.wait().code == 0);
}

TEST_CASE("a path that is too long is refused, not cut") {
  const Outcome outcome = run_sock({"connect", "unix:/" + std::string(200, 'x')});
  CHECK(outcome.code != 0);
  CHECK(outcome.err.find("too long") != std::string::npos);
}

TEST_CASE("seqpacket") {
  support::TempDir dir;
  converse({"--type", "seqpacket"}, (dir / "s").string());
}

TEST_CASE("the abstract namespace has no file") {
  converse({}, "unix:@sock-test-" + std::to_string(::getpid()));
  converse({"--type", "seqpacket"}, "unix:@sock-test-" + std::to_string(::getpid()));
}

TEST_CASE("large transfers over a Unix socket") {
  support::TempDir dir;
  support::write_random(dir / "in", 32 << 20);
  const std::string path = (dir / "s").string();
  Process listener(sock_with({"listen", path}, Input::null(), Output::file(dir / "out")));
  listening_address(listener);
  CHECK(run_sock({"connect", path}, Input::file(dir / "in")).code == 0);
  CHECK(listener.wait().code == 0);
  CHECK(support::same_bytes(dir / "in", dir / "out"));
}

TEST_CASE("datagrams arrive at a bound Unix socket") {
  support::TempDir dir;
  const std::string path = (dir / "s").string();
  Process listener(sock_with({"listen", "--type", "dgram", path}));
  listening_address(listener);
  const Outcome sent = run_sock({"connect", "--type", "dgram", path}, Input::bytes("hello"));
  CHECK(sent.code == 0);
  CHECK(sent.err == "");
  CHECK(listener.wait_for_output("hello") == "hello");
  listener.signal(SIGTERM);
  CHECK(listener.wait().signal == SIGTERM);
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a listener for datagrams is found by every sender until it ends") {
  support::TempDir dir;
  const std::string path = (dir / "s").string();
  Process listener(sock_with({"listen", "--type", "dgram", "--max-bytes", "6", path}));
  listening_address(listener);
  for (const std::string text : {"one", "two"}) {  // both without a name, and so one peer
    sock::Socket sender(AF_UNIX, SOCK_DGRAM);
    sender.connect(sock::Address::unix_(path));
    sender.send(text);
    listener.wait_for_output(text);
  }
  CHECK(listener.wait().out == "onetwo");
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a listener for one connection leaves its name to the next one") {
  support::TempDir dir;
  const std::string path = (dir / "s").string();
  Process first(sock_with({"listen", path}, Input::null()));
  listening_address(first);
  Process client(sock_with({"connect", path}, Input::open()));
  client.write("x");
  first.wait_for_output("x");
  CHECK_FALSE(fs::exists(path));
  Process second(sock_with({"listen", path}, Input::null()));
  listening_address(second);
  client.close_input();
  CHECK(first.wait().code == 0);
  CHECK(fs::is_socket(path));
  CHECK(run_sock({"connect", path}).code == 0);
  CHECK(second.wait().code == 0);
}

TEST_CASE("a dead socket file is replaced") {
  support::TempDir dir;
  const std::string path = (dir / "s").string();
  leave_dead_socket(path);
  CHECK(run_sock({"connect", path}).code == 4);
  converse({}, path);
}

TEST_CASE("a live socket file is never replaced") {
  support::TempDir dir;
  const std::string path = (dir / "s").string();
  Process first(sock_with({"listen", path}, Input::bytes("first")));
  listening_address(first);
  struct stat before {
  }, after{};
  REQUIRE(::stat(path.c_str(), &before) == 0);

  const Outcome second = run_sock({"listen", path});
  CHECK(second.code == 8);
  CHECK(second.err.find(path) != std::string::npos);
  REQUIRE(::stat(path.c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);

  CHECK(run_sock({"connect", path}).out == "first");
  CHECK(first.wait().code == 0);
}

TEST_CASE("a file that is no socket is never replaced") {
  support::TempDir dir;
  support::write_file(dir / "s", "precious");
  CHECK(run_sock({"listen", (dir / "s").string()}).code == 8);
  CHECK(support::read_file(dir / "s") == "precious");
}

TEST_CASE("the file is removed at the end, and when a signal ends the listener") {
  support::TempDir dir;
  const std::string path = (dir / "s").string();
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    INFO(number);
    Process listener(sock_with({"listen", path}));
    listening_address(listener);
    REQUIRE(fs::is_socket(path));
    listener.signal(number);
    CHECK(listener.wait().signal == number);
    CHECK_FALSE(fs::exists(path));
  }
}

TEST_CASE("a file that somebody else put in its place is left alone") {
  support::TempDir dir;
  const std::string path = (dir / "s").string();
  Process listener(sock_with({"listen", path}));
  listening_address(listener);
  fs::remove(path);
  support::write_file(path, "precious");
  listener.signal(SIGTERM);
  listener.wait();
  CHECK(support::read_file(path) == "precious");
}
