// Connections through proxies: what is said, what is refused, and nothing lost.
#include <array>
#include <csignal>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "cli/proxies.hpp"
#include "sock/create.hpp"
#include "sock/message.hpp"
#include "support/peer.hpp"
#include "support/pty.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;
using support::Peer;
using support::Steps;

namespace {

const std::string hello("\5\0", 2), granted("\5\0\0\1\0\0\0\0\0\0", 10);

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// A proxy of SOCKS 5 for a request of so many bytes, which goes on with this.
std::unique_ptr<Peer> socks5(std::size_t request, std::vector<support::Step> more) {
  std::vector<support::Step> steps{Steps::read(3), Steps::write(hello), Steps::read(request)};
  steps.insert(steps.end(), more.begin(), more.end());
  return Peer::server(steps);
}

Program with_environment(Program program,
                         std::vector<std::pair<std::string, std::string>> environment) {
  program.environment = std::move(environment);
  return program;
}

}  // namespace

TEST_CASE("the peer's first bytes come through though they travel with the proxy's answer") {
  auto proxy = socks5(8, {Steps::write(granted + "SSH-2.0-"), Steps::write("x\r\n"),
                          Steps::read_to_end(), Steps::close()});
  const Outcome outcome = run_sock({"connect", "--proxy", "socks5h://" + proxy->address(), "a:80"},
                                   Input::bytes("request"));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "SSH-2.0-x\r\n");
  CHECK(proxy->finish().ends_with("request"));
}

TEST_CASE("a proxy that is not there is exit code 4") {
  const support::ClosedPort closed;
  const Outcome outcome = run_sock({"connect", "--proxy", closed.address(), "a:80"});
  CHECK(outcome.code == 4);
  CHECK(outcome.err ==
        "sock: connect " + closed.address() + ": connection refused; nothing listens there\n");
}

TEST_CASE("-v and events tell of each proxy on the way") {
  const std::string request = "CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n";
  auto proxy =
      socks5(10, {Steps::write(granted), Steps::read(request.size()),
                  Steps::write("HTTP/1.1 200 OK\r\n\r\n"), Steps::read_to_end(), Steps::close()});
  const std::string url = "socks5h://" + proxy->address();
  const Outcome outcome =
      run_sock({"connect", "-v", "--proxy", url + ",http://127.0.0.1:9", "a.example:80"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(has(outcome.err, "asking " + url + " for 127.0.0.1:9\n"));
  CHECK(has(outcome.err, url + ": connected to 127.0.0.1:9 in "));
  CHECK(has(outcome.err, "asking http://127.0.0.1:9 for a.example:80\n"));
  CHECK(has(outcome.err, "connected to a.example:80 from 127.0.0.1:"));
}

TEST_CASE("a proxy that refuses, ends or speaks nonsense is exit code 7 with its words") {
  struct Row {
    const char* scheme;
    std::string answer;
    const char* said;
  };
  const Row rows[] = {
      {"http", "HTTP/1.1 403 Go\x1b]0;away\r\n\r\n", "403 Go\\x1b]0;away"},
      {"http", "HTTP/1.1 407 Who are you\r\n\r\n", "USER@HOST"},
      {"http", "SSH-2.0-OpenSSH\r\n", "it does not speak HTTP; is it a proxy of that kind?"},
      {"http", "HTTP/1.1 200 OK\r\nHalf", "it ended the connection"},
      {"socks5h", hello, "it ended the connection"},
      {"socks4a", {"\0\x5b\0\0\0\0\0\0", 8}, "request rejected or failed"},
  };
  for (const Row& row : rows) {
    INFO(row.answer);
    auto proxy = Peer::server({Steps::read(3), Steps::write(row.answer), Steps::half_close()});
    const std::string url = row.scheme + ("://" + proxy->address());
    const Outcome outcome = run_sock({"connect", "--proxy", url, "a:80"});
    CHECK(outcome.code == 7);
    CHECK(outcome.err.starts_with("sock: ask proxy " + url + " for a:80: "));
    CHECK(has(outcome.err, row.said));
  }
}

TEST_CASE("a head that does not end is exit code 7, and an answer that does not come 5") {
  auto endless = Peer::server(
      {Steps::read(3), Steps::write("HTTP/1.1 200 OK\r\n"), Steps::write_until_refused()});
  const Outcome nonsense = run_sock({"connect", "--proxy", "http://" + endless->address(), "a:80"});
  CHECK(nonsense.code == 7);
  CHECK(has(nonsense.err, "a message of more than 65536 bytes"));
  auto silent = Peer::server({Steps::read(3), Steps::read_to_end()});
  const Outcome late = run_sock(
      {"connect", "--timeout", "200ms", "--proxy", "socks5h://" + silent->address(), "a:80"});
  CHECK(late.code == 5);
  CHECK(has(late.err, "socks5h://" + silent->address() +
                          " for a:80: timed out; no answer within "
                          "--timeout 200ms"));
}

TEST_CASE("a password on the command line is refused, and not repeated") {
  const Outcome outcome =
      run_sock({"connect", "--proxy", "socks5h://me:s3cret@127.0.0.1:1", "a:80"});
  CHECK(outcome.code == 2);
  CHECK(has(outcome.err, "--proxy-password-file"));
  CHECK_FALSE(has(outcome.err, "s3cret"));
  CHECK(run_sock({"connect", "--proxy-password-file", "/dev/null", "a:80"}).code == 2);
  CHECK(run_sock({"connect", "--proxy", "http://127.0.0.1:1", "unix:/x"}).code == 2);
  CHECK(run_sock({"listen", "--proxy", "http://127.0.0.1:1", "127.0.0.1:0"}).code == 2);
}

TEST_CASE("the password comes from a file, the environment, or the terminal") {
  // User and password as RFC 1929 has them.
  const std::string login = "\1\2me\6s3cret";
  const auto proxy = [&] {
    return Peer::server({Steps::read(4), Steps::write({"\5\2", 2}), Steps::read(login.size()),
                         Steps::write({"\1\0", 2}), Steps::read(8), Steps::write(granted),
                         Steps::close()});
  };
  const auto arguments = [](const Peer& peer) {
    return std::vector<std::string>{"connect", "--proxy", "socks5h://me@" + peer.address(), "a:80"};
  };
  const support::TempDir dir;
  support::write_file(dir / "password", "s3cret\n");

  auto one = proxy();
  auto words = arguments(*one);
  words.insert(words.end(), {"--proxy-password-file", dir / "password"});
  CHECK(run_sock(words).code == 0);
  CHECK(has(one->finish(), login));

  auto two = proxy();
  const Outcome from_environment = support::run(
      with_environment(sock_with(arguments(*two)), {{"SOCK_PROXY_PASSWORD", "s3cret"}}));
  CHECK(from_environment.code == 0);
  CHECK(has(two->finish(), login));

  auto three = proxy();
  support::Pty pty;
  Process asked(
      sock_with(arguments(*three), Input::terminal(pty.path()), Output::file(pty.path())));
  pty.wait_for("Password of me at socks5h://" + three->address() + ": ");
  pty.type("s3cret\n");
  const Outcome outcome = asked.wait();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(has(three->finish(), login));
  CHECK_FALSE(has(pty.wait_for("\n"), "s3cret"));

  const Outcome nobody = run_sock({"connect", "--proxy", "http://me@127.0.0.1:1", "a:80"});
  CHECK(nobody.code == 2);
  CHECK(has(nobody.err, "no terminal to ask"));
}

TEST_CASE("Ctrl-C at the question for a password ends the run, and the terminal shows again") {
  support::Pty pty;
  Process asked(sock_with({"connect", "--proxy", "http://me@127.0.0.1:1", "a:80"},
                          Input::terminal(pty.path())));
  pty.wait_for("Password of me at http://127.0.0.1:1: ");
  pty.type("\x03");
  CHECK(asked.wait().signal == SIGINT);
  pty.type("shown");
  pty.wait_for("shown");
}

TEST_CASE("--proxy env takes ALL_PROXY and NO_PROXY, in either case") {
  const auto proxied = [](std::vector<std::pair<std::string, std::string>> environment,
                          std::vector<std::string> target) {
    target.insert(target.begin(), {"connect", "--proxy", "env"});
    return support::run(with_environment(sock_with(target), std::move(environment)));
  };
  for (const char* name : {"ALL_PROXY", "all_proxy"}) {
    auto proxy = Peer::server({Steps::read(4), Steps::write({"\5\2", 2}), Steps::read(7),
                               Steps::write({"\1\0", 2}), Steps::read(8),
                               Steps::write(granted + "hi"), Steps::close()});
    const Outcome outcome = proxied({{name, "socks5h://me:pw@" + proxy->address()}}, {"a:80"});
    INFO(outcome.err);
    CHECK(outcome.out == "hi");
  }
  const std::string nobody = "socks5h://127.0.0.1:1";
  auto target = Peer::server({Steps::write("straight"), Steps::close()});
  CHECK(proxied({{"ALL_PROXY", nobody}, {"NO_PROXY", "x, 127.0.0.0/8"}}, {target->address()}).out ==
        "straight");
  auto unset = Peer::server({Steps::write("straight"), Steps::close()});
  CHECK(proxied({}, {unset->address()}).out == "straight");
  CHECK(proxied({{"ALL_PROXY", nobody}}, {"a:80"}).code == 4);
  const Outcome wrong = proxied({{"ALL_PROXY", "ftp://me:s3cret@x"}}, {"a:80"});
  CHECK(wrong.code == 2);
  CHECK(has(wrong.err, "ALL_PROXY"));
  CHECK_FALSE(has(wrong.err, "s3cret"));
}

TEST_CASE("--wait waits for a proxy, and for a target that it cannot reach yet") {
  const std::string port = free_port();
  Process client(sock_with(
      {"connect", "-v", "--wait", "20s", "--proxy", "socks5h://127.0.0.1:" + port, "a:80"}));
  client.wait_for_error("connection refused; trying again in ");
  client.signal(15);
  client.wait();
  auto proxy = socks5(8, {Steps::write({"\5\5\0\1\0\0\0\0\0\0", 10}), Steps::close()});
  const Outcome refused =
      run_sock({"connect", "--wait", "300ms", "--proxy", "socks5h://" + proxy->address(), "a:80"});
  INFO(refused.err);
  CHECK(refused.code == 5);
}

TEST_CASE("--wait does not try a password again") {
  auto proxy = Peer::server(
      {Steps::read(4), Steps::write({"\5\2", 2}), Steps::read(7), Steps::write({"\1\1", 2})});
  const Outcome outcome =
      support::run(with_environment(sock_with({"connect", "--wait", "20s", "--proxy",
                                               "socks5h://me@" + proxy->address(), "a:80"}),
                                    {{"SOCK_PROXY_PASSWORD", "no"}}));
  CHECK(outcome.code == 7);
  CHECK(outcome.took < 10s);
  CHECK(has(outcome.err, "user or password is wrong"));
}

TEST_CASE("-z probes through a proxy") {
  auto open = socks5(10, {Steps::write(granted)});
  const Outcome yes =
      run_sock({"connect", "-z", "--proxy", "socks5h://" + open->address(), "192.0.2.1:80"});
  INFO(yes.err, yes.out);
  CHECK(yes.code == 0);
  CHECK(has(yes.out, "open"));
  auto closed = socks5(10, {Steps::write({"\5\5\0\1\0\0\0\0\0\0", 10})});
  const Outcome no =
      run_sock({"connect", "-z", "--proxy", "socks5h://" + closed->address(), "192.0.2.1:80"});
  CHECK(no.code == 4);
  CHECK(has(no.out, "connection refused"));
}

TEST_CASE("a command gets the socket itself, with the peer's first bytes in it") {
  auto proxy = socks5(8, {Steps::write(granted + "first"), Steps::close()});
  Program program = sock_with({"connect", "--proxy", "socks5h://" + proxy->address(), "a:80", "--",
                               "sh", "-c", "test -S /dev/stdin && cat >&2; echo $SOCK_PEER >&2"});
  const Outcome outcome = support::run(program);
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(has(outcome.err, "first"));
}

TEST_CASE("--pass-fd hands the connected socket to the program at standard output") {
  auto proxy = socks5(8, {Steps::write(granted + "first"), Steps::read(4), Steps::close()});
  auto [ours, theirs] = sock::socketpair(AF_UNIX, SOCK_STREAM);
  ours.settimeout(20s);
  const Outcome outcome =
      run_sock({"connect", "--pass-fd", "--proxy", "socks5h://" + proxy->address(), "a:80"}, {},
               Output::descriptor(theirs.fileno()));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  theirs.close();
  std::array<std::byte, 8> room;
  auto received = sock::recv_fds(ours, room, 1);
  CHECK(received.size == 1);
  REQUIRE(received.fds.size() == 1);
  sock::Socket passed = sock::Socket::from_fd(received.fds[0].release());
  CHECK(passed.recv(5) == "first");
  passed.sendall("more");
  CHECK(proxy->finish().ends_with("more"));
}

TEST_CASE("--pass-fd needs somebody who takes it, and leaves the rest to them") {
  const Outcome outcome = run_sock({"connect", "--pass-fd", "127.0.0.1:1"});
  CHECK(outcome.code == 2);
  CHECK(has(outcome.err, "standard output has to be a Unix socket"));
  CHECK(run_sock({"connect", "--pass-fd", "--crlf", "127.0.0.1:1"}).code == 2);
  CHECK(run_sock({"connect", "--pass-fd", "tls:127.0.0.1:1"}).code == 2);
  CHECK(run_sock({"connect", "--pass-fd", "127.0.0.1:1", "--", "true"}).code == 2);
}

TEST_CASE("a header of the PROXY protocol goes before anything else") {
  const std::string header = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
  auto target = Peer::server({Steps::read_to_end(), Steps::close()});
  const Outcome outcome =
      run_sock({"connect", "--proxy-protocol", "v1=192.0.2.1:1,192.0.2.2:2", target->address()},
               Input::bytes("data"));
  CHECK(outcome.code == 0);
  CHECK(target->finish() == header + "data");
  auto own = Peer::server({Steps::read_to_end(), Steps::close()});
  CHECK(run_sock({"connect", "--wait", "20s", "--proxy-protocol", "v1", own->address()}).code == 0);
  const std::string said = own->finish();
  CHECK(said.starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 "));
  CHECK(said.ends_with(" " + std::to_string(own->port()) + "\r\n"));
}

TEST_CASE("each datagram gets a header of version 2, and version 1 has none for it") {
  Process listener(sock_with({"listen", "-r", "--replies", "2", "--framing", "line", "--deadline",
                              "20s", "udp:127.0.0.1:0"}));
  const std::string address = listening_address(listener);
  const Outcome outcome = run_sock(
      {"connect", "--framing", "line", "--proxy-protocol", "v2=192.0.2.1:1,192.0.2.2:2", address},
      Input::bytes("one\ntwo\n"));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  const std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x12\0\x0c\xc0\0\2\1\xc0\0\2\2\0\1\0\2", 28);
  CHECK(listener.wait().out == header + "one\n" + header + "two\n");
  CHECK(run_sock({"connect", "--proxy-protocol", "v1", address}).code == 2);
}
