// The proxies people have, alone and one behind the other.
#include <optional>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "cli/proxies.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t size = 4ULL << 20;

// A file goes to an echo server through the proxies and comes back whole. Most of them take the end
// of one direction for the end of both.
void check_echo(const std::string& proxies, const std::string& host = "127.0.0.1",
                std::vector<std::string> more = {}) {
  INFO(proxies);
  const support::TempDir dir;
  support::write_random(dir / "in", size);
  Listener echo({"-k", "--echo"});
  std::vector<std::string> arguments{
      "connect",       "--timeout",   "60s",
      "--no-shutdown", "--max-bytes", std::to_string(size),
      "--proxy",       proxies,       host + ':' + std::to_string(echo.port())};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = support::run(
      with_deadline(sock_with(arguments, Input::file(dir / "in"), Output::file(dir / "out")), 90s));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(support::same_bytes(dir / "in", dir / "out"));
}

}  // namespace

TEST_CASE("microsocks: SOCKS 5, with names on either side, and with a password") {
  if (is_missing("microsocks")) return;
  const support::TempDir dir;
  const Server open = microsocks();
  check_echo("socks5h://" + open.address());
  check_echo("socks5://" + open.address(), "localhost", {"-4"});
  const Server closed = microsocks({"-u", "me", "-P", "s3cret"});
  support::write_file(dir / "password", "s3cret\n");
  check_echo("socks5h://me@" + closed.address(), "127.0.0.1",
             {"--proxy-password-file", dir / "password"});
  support::write_file(dir / "password", "wrong\n");
  const Outcome wrong = run_sock({"connect", "--proxy", "socks5h://me@" + closed.address(),
                                  "--proxy-password-file", dir / "password", "127.0.0.1:1"});
  CHECK(wrong.code == 7);
  CHECK(wrong.err.find("user or password is wrong") != std::string::npos);
  const Outcome nobody =
      run_sock({"connect", "--proxy", "socks5h://" + closed.address(), "127.0.0.1:1"});
  CHECK(nobody.code == 7);
  const Outcome refused =
      run_sock({"connect", "--proxy", "socks5h://" + open.address(), "127.0.0.1:1"});
  CHECK(refused.code == 7);
  INFO(refused.err);
  CHECK(refused.err.find("connection refused; nothing listens there") != std::string::npos);
}

TEST_CASE("ncat: CONNECT of HTTP, with Digest and Basic") {
  if (is_missing("ncat")) return;
  const support::TempDir dir;
  const Server open = ncat_proxy();
  check_echo("http://" + open.address(), "localhost", {"-4"});
  const Server closed = ncat_proxy({"--proxy-auth", "me:s3cret"});
  support::write_file(dir / "password", "s3cret\n");
  check_echo("http://me@" + closed.address(), "127.0.0.1",
             {"--proxy-password-file", dir / "password"});
}

TEST_CASE("dante: SOCKS 4, 4a and 5") {
  if (is_missing("danted")) return;
  const support::TempDir dir;
  const Server server = dante(dir);
  for (const char* scheme : {"socks4://", "socks4a://", "socks5://", "socks5h://"})
    check_echo(scheme + server.address());
  check_echo("socks4://" + server.address(), "localhost");
}

TEST_CASE("tinyproxy: CONNECT of HTTP, with Basic") {
  if (is_missing("tinyproxy")) return;
  const support::TempDir dir;
  const Server open = tinyproxy(dir);
  check_echo("http://" + open.address());
  const support::TempDir other;
  const Server closed = tinyproxy(other, "BasicAuth me s3cret\n");
  support::write_file(dir / "password", "s3cret\n");
  check_echo("http://me@" + closed.address(), "127.0.0.1",
             {"--proxy-password-file", dir / "password"});
  const Outcome nobody =
      run_sock({"connect", "--proxy", "http://" + closed.address(), "127.0.0.1:1"});
  CHECK(nobody.code == 7);
  CHECK(nobody.err.find("407") != std::string::npos);
}

TEST_CASE("dante: datagrams, and what happens when it goes") {
  if (is_missing("danted")) return;
  const support::TempDir dir;
  Listener echo(Listener::program({"-k", "--echo", "-u"}));
  const std::string target = "udp:127.0.0.1:" + std::to_string(echo.port());
  std::optional<Server> server(dante(dir));
  const std::string url = "socks5h://" + server->address();
  const Outcome outcome = run_sock({"connect", "--proxy", url, "--replies", "2", "--framing",
                                    "line", "--timeout", "20s", target},
                                   Input::bytes("one\ntwo\n"));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "one\ntwo\n");
  Process talk(sock_with({"connect", "--proxy", url, "--until", "both", target}, Input::open()));
  talk.write("hello");
  talk.wait_for_output("hello");
  server.reset();
  const Outcome broken = talk.wait();
  INFO(broken.err);
  CHECK(broken.code == 1);
  CHECK(broken.err.find("it ended the connection that holds the datagrams") != std::string::npos);
}

TEST_CASE("datagrams that come to a listener go on through a proxy") {
  if (is_missing("danted")) return;
  const support::TempDir dir;
  Listener echo(Listener::program({"-k", "--echo", "-u"}));
  const Server server = dante(dir);
  Listener forward(
      Listener::program({"-k", "-u", "--to", "127.0.0.1:" + std::to_string(echo.port()), "--proxy",
                         "socks5h://" + server.address()}));
  const Outcome outcome = run_sock({"connect", "--replies", "1", "--timeout", "20s",
                                    "udp:127.0.0.1:" + std::to_string(forward.port())},
                                   Input::bytes("hello"));
  INFO(outcome.err);
  CHECK(outcome.out == "hello");
}

TEST_CASE("connections that come to a listener go on through proxies") {
  if (is_missing("microsocks")) return;
  const Server server = microsocks();
  Listener echo({"-k", "--echo"});
  Listener forward({"-k", "--to", "127.0.0.1:" + std::to_string(echo.port()), "--proxy",
                    "socks5h://" + server.address()});
  const Outcome outcome = run_sock(
      {"connect", "--no-shutdown", "--max-bytes", "5", forward.address}, Input::bytes("hello"));
  INFO(outcome.err);
  CHECK(outcome.out == "hello");
  const support::ClosedPort closed;
  Listener nowhere(
      {"-k", "-v", "--to", closed.address(), "--proxy", "socks5h://" + server.address()});
  run_sock({"connect", nowhere.address});
  nowhere.process.wait_for_error("ask proxy socks5h://" + server.address() + " for " +
                                 closed.address() + ": connection refused");
}

TEST_CASE("TLS is spoken to the target through the proxies, after the header") {
  if (is_missing("microsocks") || is_missing("openssl")) return;
  const Server proxy = microsocks();
  Listener target({"--tls", "--self-signed"}, Input::bytes("answer"));
  const std::string pin = target.process.wait_for_error("--pin (sha256:[0-9a-f]+)");
  const Outcome outcome =
      run_sock({"connect", "--no-shutdown", "--until", "in", "--proxy",
                "socks5h://" + proxy.address(), "--pin", pin, "tls:" + target.address});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "answer");
}

TEST_CASE("--reconnect goes through the proxy again") {
  if (is_missing("microsocks")) return;
  const support::TempDir dir;
  support::write_file(dir / "part", "part,");
  const Server proxy = microsocks();
  Listener target({"-k", "--send", dir / "part"});
  Process client(sock_with(
      {"connect", "-r", "--reconnect", "--proxy", "socks5h://" + proxy.address(), target.address}));
  client.wait_for_output("part,part,part,");
  client.signal(15);
  CHECK(client.wait().signal == 15);
}

TEST_CASE("haproxy reads the header that is sent, also after a proxy") {
  if (is_missing("haproxy")) return;
  const support::TempDir dir;
  const Server server = haproxy(dir);
  const auto answer = [&](std::vector<std::string> options) {
    options.insert(options.begin(), "connect");
    options.push_back(server.address());
    return run_sock(options, Input::bytes("GET / HTTP/1.0\r\n\r\n"));
  };
  const std::string ends = "192.0.2.1:5000,192.0.2.2:443",
                    said = "\r\n192.0.2.1:5000 192.0.2.2:443";
  for (const char* version : {"v1", "v2"}) {
    const Outcome outcome = answer({"--proxy-protocol", version + ("=" + ends)});
    INFO(outcome.err, outcome.out);
    CHECK(outcome.out.ends_with(said));
    const Outcome own = answer({"--proxy-protocol", version});
    CHECK(own.out.ends_with(" " + server.address()));
  }
  CHECK(answer({"--proxy-protocol", "v2=[2001:db8::1]:1,[2001:db8::2]:2"})
            .out.ends_with("\r\n2001:db8::1:1 2001:db8::2:2"));
  if (is_missing("microsocks")) return;
  const Server proxy = microsocks();
  CHECK(answer({"--no-shutdown", "--proxy", "socks5h://" + proxy.address(), "--proxy-protocol",
                "v2=" + ends})
            .out.ends_with(said));
}

TEST_CASE("three proxies of three kinds, one behind the other") {
  if (is_missing("microsocks") || is_missing("ncat") || is_missing("danted")) return;
  const support::TempDir dir;
  const Server first = microsocks({"-u", "me", "-P", "one"});
  const Server second = ncat_proxy({"--proxy-auth", "you:two"});
  const Server third = dante(dir);
  support::write_file(dir / "passwords", "one\ntwo\n");
  check_echo("socks5h://me@" + first.address() + ",http://you@" + second.address() + ",socks4a://" +
                 third.address(),
             "127.0.0.1", {"--proxy-password-file", dir / "passwords"});
}
