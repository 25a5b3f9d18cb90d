// -- COMMAND: a program on the connection itself.
#include <signal.h>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "sock/create.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using support::Peer;
using support::Steps;

namespace {

Outcome connect_with(const std::string& address, std::vector<std::string> command) {
  std::vector<std::string> words{"connect", address, "--"};
  words.insert(words.end(), command.begin(), command.end());
  return run_sock(words);
}

// The code of a command run on a connection of its own.
int code_of(std::vector<std::string> command) {
  auto peer = Peer::server({Steps::read_to_end()});
  const int code = connect_with(peer->address(), std::move(command)).code;
  peer->finish();
  return code;
}

}  // namespace

TEST_CASE("connect: the command has the socket itself as its input and output") {
  auto peer = Peer::server({Steps::write("hello\n"), Steps::half_close(), Steps::read_to_end()});
  const Outcome outcome = connect_with(
      peer->address(),
      {"sh", "-c",
       "test -S /dev/stdin && test -S /dev/stdout && read line && echo \"got $line\"; "
       "test \"$(readlink /proc/self/fd/0)\" = \"$(readlink /proc/$$/fd/1)\" && echo same"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "");
  CHECK(peer->finish().starts_with("got hello\n"));
}

TEST_CASE("listen: the command has the socket itself as its input and output") {
  Listener listener({}, Input::null(), Output::captured(),
                    {"--", "sh", "-c", "test -S /dev/stdin && test -S /dev/stdout && tr a-z A-Z"});
  auto client = Peer::client(listener.port(),
                             {Steps::write("hello"), Steps::half_close(), Steps::read_to_end()});
  CHECK(listener.wait().code == 0);
  CHECK(client->finish() == "HELLO");
}

TEST_CASE("the socket of the command waits as programs expect it to") {
  // O_NONBLOCK would make the first read fail.
  auto peer = Peer::server({Steps::pause(std::chrono::milliseconds(200)), Steps::write("hello\n"),
                            Steps::read_to_end()});
  CHECK(connect_with(peer->address(), {"head", "-n1"}).code == 0);
  CHECK(peer->finish() == "hello\n");
}

TEST_CASE("the command has UCSPI's environment") {
  auto peer = Peer::server({Steps::read_to_end()});
  const Outcome outcome =
      connect_with(peer->address(),
                   {"sh", "-c", "echo $PROTO $TCPREMOTEIP $TCPREMOTEPORT $TCPLOCALIP $SOCK_PEER"});
  CHECK(outcome.code == 0);
  CHECK(peer->finish() ==
        "TCP 127.0.0.1 " + std::to_string(peer->port()) + " 127.0.0.1 " + peer->address() + "\n");

  Listener listener(
      {}, Input::null(), Output::captured(),
      {"--", "sh", "-c",
       "echo $PROTO $TCPLOCALIP $TCPLOCALPORT $SOCK_LOCAL; test -n \"$TCPREMOTEPORT\""});
  auto client = Peer::client(listener.port(), {Steps::half_close(), Steps::read_to_end()});
  CHECK(listener.wait().code == 0);
  CHECK(client->finish() ==
        "TCP 127.0.0.1 " + std::to_string(listener.port()) + " " + listener.address + "\n");
}

TEST_CASE("the command has no other descriptors of ours") {
  auto peer = Peer::server({Steps::read_to_end()});
  CHECK(connect_with(peer->address(), {"sh", "-c", "exec ls /proc/self/fd"}).code == 0);
  CHECK(peer->finish() == "0\n1\n2\n3\n");  // 3 is the directory
}

TEST_CASE("the exit code is the command's") {
  CHECK(code_of({"true"}) == 0);
  CHECK(code_of({"sh", "-c", "exit 7"}) == 7);
  CHECK(code_of({"sh", "-c", "kill -9 $$"}) == 128 + SIGKILL);
  CHECK(code_of({"sh", "-c", "kill -TERM $$"}) == 128 + SIGTERM);
}

TEST_CASE("127: a command that is not there; 126: one that cannot be run") {
  auto peer = Peer::server({Steps::read_to_end()});
  const Outcome missing = connect_with(peer->address(), {"no-such-command-anywhere"});
  CHECK(missing.code == 127);
  CHECK(missing.err.find("no-such-command-anywhere") != std::string::npos);

  support::TempDir dir;
  support::write_file(dir / "data", "no program");
  auto other = Peer::server({Steps::read_to_end()});
  const Outcome forbidden = connect_with(other->address(), {(dir / "data").string()});
  CHECK(forbidden.code == 126);
  CHECK(forbidden.err.find((dir / "data").string()) != std::string::npos);
}

TEST_CASE("arguments reach the command as they are") {
  auto peer = Peer::server({Steps::read_to_end()});
  CHECK(connect_with(peer->address(), {"printf", "%s|", "a b", "", "--", "-v", "$x"}).code == 0);
  CHECK(peer->finish() == "a b||--|-v|$x|");
}

TEST_CASE("a listener's command serves one peer after the other with -k") {
  Listener listener({"-k"}, Input::null(), Output::captured(), {"--", "tr", "a-z", "A-Z"});
  for (const std::string text : {"one", "two", "three"}) {
    auto client = Peer::client(listener.port(),
                               {Steps::write(text), Steps::half_close(), Steps::read_to_end()});
    CHECK(client->finish() == (text == "one" ? "ONE" : text == "two" ? "TWO" : "THREE"));
  }
  listener.process.signal(SIGTERM);
  CHECK(listener.wait().code == 0);
}

namespace {

// Says on standard error in which mode its standard input and output are.
const std::vector<std::string> says_mode{
    "--", "python3", "-c",
    "import os, sys; print('mode', os.get_blocking(0), os.get_blocking(1), file=sys.stderr)"};

Outcome mode_of_command(std::vector<std::string> arguments, const char* timeout = "") {
  const sock::Socket server = sock::create_server("127.0.0.1", 0);
  arguments.insert(arguments.begin(), "connect");
  arguments.push_back("127.0.0.1:" + std::to_string(server.getsockname().port()));
  arguments.insert(arguments.end(), says_mode.begin(), says_mode.end());
  Program program = sock_with(std::move(arguments));
  program.environment = {{"SOCK_TIMEOUT", timeout}};
  return support::run(program);
}

}  // namespace

TEST_CASE("a command waits on its socket, unless --nonblocking says otherwise") {
  for (const char* timeout : {"", "20s"}) {
    CAPTURE(timeout);
    CHECK(mode_of_command({}, timeout).err == "mode True True\n");
    CHECK(mode_of_command({"--record", "/dev/null,"}, timeout).err == "mode True True\n");
    CHECK(mode_of_command({"--nonblocking"}, timeout).err == "mode False False\n");
    CHECK(mode_of_command({"--nonblocking", "--record", "/dev/null,"}, timeout).err ==
          "mode False False\n");
  }
  CHECK(run_sock({"connect", "--nonblocking", "127.0.0.1:1"}).code == 2);
  CHECK(run_sock({"connect", "-z", "--nonblocking", "127.0.0.1:1", "--", "true"}).code == 2);
}

TEST_CASE("each command of a listener has its socket in that mode, too") {
  for (const bool nonblocking : {false, true})
    for (const char* kind : {"127.0.0.1:0", "udp:127.0.0.1:0"}) {
      std::vector<std::string> arguments{"listen", "-k", kind};
      if (nonblocking) arguments.emplace_back("--nonblocking");
      arguments.insert(arguments.end(), says_mode.begin(), says_mode.end());
      Program program = sock_with(arguments);
      program.environment = {{"SOCK_TIMEOUT", "20s"}};
      Process listener(program);
      Process client(sock_with({"connect", listening_address(listener)}, Input::bytes("x")));
      CHECK(listener.wait_for_error("mode (\\w+ \\w+)\n") ==
            (nonblocking ? "False False" : "True True"));
    }
}
