// fd:N, sockets that the program was started with.
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "sock/create.hpp"
#include "support/peer.hpp"

using namespace cli;

TEST_CASE("connect joins a connected socket that it inherited") {
  auto [ours, theirs] = ::sock::socketpair();
  Program program = sock_with({"connect", "fd:3"}, Input::bytes("hello"));
  program.descriptors = {{theirs.fileno(), 3}};
  Process client(program);
  theirs.close();
  ours.settimeout(std::chrono::seconds(20));
  CHECK(ours.recv(100) == "hello");
  CHECK(ours.recv(100) == "");
  ours.sendall("answer");
  ours.close();
  const Outcome outcome = client.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "answer");
}

TEST_CASE("listen takes connections from a listening socket that it inherited") {
  ::sock::Socket server = ::sock::create_server("127.0.0.1", 0);
  Program program = sock_with({"listen", "fd:3"}, Input::bytes("hello"));
  program.descriptors = {{server.fileno(), 3}};
  Process listener(program);
  const auto port = server.getsockname().port();
  const Outcome client = run_sock({"connect", "127.0.0.1", std::to_string(port)});
  CHECK(client.code == 0);
  CHECK(client.out == "hello");
  CHECK(listener.wait().code == 0);
}

TEST_CASE("a descriptor that is not open, or no socket, is refused") {
  for (const char* command : {"connect", "listen"}) {
    const Outcome closed = run_sock({command, "fd:57"});
    CHECK(closed.code == 8);
    CHECK(closed.err ==
          "sock: adopt fd:57: bad file descriptor; this program was started without that "
          "descriptor\n");
    const Outcome file = run_sock({command, "fd:0"});
    CHECK(file.code == 8);
    CHECK(file.err.find("adopt fd:0: ") != std::string::npos);
    CHECK(file.err.find("something else") != std::string::npos);
  }
}

TEST_CASE("a stream that does not listen is refused where peers are to come") {
  auto [ours, theirs] = ::sock::socketpair();
  Program program = sock_with({"listen", "fd:3"});
  program.descriptors = {{theirs.fileno(), 3}};
  const Outcome outcome = support::run(std::move(program));
  CHECK(outcome.code == 8);
  CHECK(outcome.err.find("a socket that does not listen") != std::string::npos);
}
