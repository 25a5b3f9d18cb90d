// The proxies people have, alone and one behind the other.
#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "cli/proxies.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;

namespace {

bool missing(const char* program) {
  if (support::installed(program)) return false;
  MESSAGE("skipped: there is no " << program);
  return true;
}

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
  if (missing("microsocks")) return;
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
  if (missing("ncat")) return;
  const support::TempDir dir;
  const Server open = ncat_proxy();
  check_echo("http://" + open.address(), "localhost", {"-4"});
  const Server closed = ncat_proxy({"--proxy-auth", "me:s3cret"});
  support::write_file(dir / "password", "s3cret\n");
  check_echo("http://me@" + closed.address(), "127.0.0.1",
             {"--proxy-password-file", dir / "password"});
}

TEST_CASE("dante: SOCKS 4, 4a and 5") {
  if (missing("danted")) return;
  const support::TempDir dir;
  const Server server = dante(dir);
  for (const char* scheme : {"socks4://", "socks4a://", "socks5://", "socks5h://"})
    check_echo(scheme + server.address());
  check_echo("socks4://" + server.address(), "localhost");
}

TEST_CASE("tinyproxy: CONNECT of HTTP, with Basic") {
  if (missing("tinyproxy")) return;
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

TEST_CASE("three proxies of three kinds, one behind the other") {
  if (missing("microsocks") || missing("ncat") || missing("danted")) return;
  const support::TempDir dir;
  const Server first = microsocks({"-u", "me", "-P", "one"});
  const Server second = ncat_proxy({"--proxy-auth", "you:two"});
  const Server third = dante(dir);
  support::write_file(dir / "passwords", "one\ntwo\n");
  check_echo("socks5h://me@" + first.address() + ",http://you@" + second.address() + ",socks4a://" +
                 third.address(),
             "127.0.0.1", {"--proxy-password-file", dir / "passwords"});
}
