// That runs give up what they do not need. That they can do what they have to is what all other
// tests show, once more with SOCK_TEST_SANDBOX=strict.
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "cli/tls.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

namespace {

using namespace cli;
using support::TempDir;

// "NoNewPrivs: 1", "Seccomp: 2" of one thread, as "1 2".
std::string status_of(const std::filesystem::path& thread) {
  std::ifstream file(thread / "status");
  std::string privileges, filter;
  for (std::string word; file >> word;) {
    if (word == "NoNewPrivs:") file >> privileges;
    if (word == "Seccomp:") file >> filter;
  }
  return privileges + ' ' + filter;
}

std::string status_of(const Process& process) { return status_of(proc(process.pid(), "")); }

// Without any, what this test runs in shows through.
std::string status_outside() { return status_of(std::filesystem::path("/proc/self")); }

const std::string& sandbox_here() {
  static const std::string text = [] {
    Listener listener({"-k", "-v", "--echo"});
    const std::string line = listener.process.wait_for_error("sandbox: ([^\\n]+)\\n[^]*listening");
    listener.process.signal(SIGINT);
    listener.wait();
    return line;
  }();
  return text;
}

bool there_is_none() {
  if (sandbox_here().find("all system calls") == std::string::npos &&
      sandbox_here() != "none in this build")
    return false;
  MESSAGE("skipped: no sandbox: " << sandbox_here());
  return true;
}

}  // namespace

TEST_CASE("a conversation is in the sandbox on both sides, before anything is said") {
  if (there_is_none()) return;
  Listener listener({}, Input::open());
  CHECK(status_of(listener.process) == "1 2");
  Process client(sock_with({"connect", listener.address}, Input::open()));
  listener.process.write("hello");
  client.wait_for_output("hello");
  CHECK(status_of(client) == "1 2");
  client.close_input();
  listener.process.close_input();
  CHECK(client.wait().code == 0);
  CHECK(listener.wait().code == 0);
}

TEST_CASE("who serves many is in the sandbox, with every thread") {
  if (there_is_none()) return;
  Listener listener({"-k", "--echo", "--workers", "3"});
  auto client = client_of(listener);
  CHECK(answer_to(client, "x") == "x");
  std::size_t threads = 0;
  const auto tasks = proc(listener.process.pid(), "task");
  for (const auto& thread : std::filesystem::directory_iterator(tasks)) {
    CHECK(status_of(thread.path()) == "1 2");
    ++threads;
  }
  CHECK(threads == 3);
}

TEST_CASE(
    "a server shakes hands in the sandbox, and so does a client that has read whom to trust") {
  if (there_is_none()) return;
  const Secured secured;
  Listener listener(secured.options(), Input::open());
  CHECK(status_of(listener.process) == "1 2");
  // Its peer says nothing: it is still about to.
  Listener silent({}, Input::open());
  Process client(sock_with(
      {"connect", "-v", "--ca", secured.authority.file(), "tls:" + silent.address}, Input::open()));
  client.wait_for_error("sandbox: no files, no new connections");
  CHECK(status_of(client) == "1 2");
}

TEST_CASE("--no-sandbox keeps everything, and so does a run with a command") {
  Listener off({"--no-sandbox", "-v"}, Input::open());
  off.process.wait_for_error("sandbox: none: --no-sandbox\\n");
  CHECK(status_of(off.process) == status_outside());
  Process client(sock_with({"connect", "--no-sandbox", off.address}, Input::open()));
  off.process.write("hello");
  client.wait_for_output("hello");
  CHECK(status_of(client) == status_outside());

  Listener command({"-k", "-v"}, {}, {}, {"--", "cat"});
  command.process.wait_for_error("sandbox: none: a command is run\\n");
  CHECK(status_of(command.process) == status_outside());
  auto other = client_of(command);
  CHECK(answer_to(other, "x") == "x");
}

TEST_CASE("-v says what is granted, and without it nothing is said") {
  if (there_is_none()) return;
  const TempDir dir;
  const auto said = [](std::vector<std::string> options) {
    options.insert(options.begin(), {"listen", "-v"});
    Process listener(sock_with(std::move(options), Input::open()));
    return listener.wait_for_error("sandbox: ([^\\n;]+)[^]*listening");
  };
  const std::string path = dir.path().string();
  CHECK(said({"127.0.0.1:0"}) == "no files, no new connections");
  CHECK(said({path + "/s"}) == "names removed from " + path + ", no new connections");
  CHECK(said({"127.0.0.1:0", "--ready-file", path + "/ready"}) ==
        "names removed from " + path + ", no new connections");
  CHECK(said({"-k", "127.0.0.1:0", "--to", "127.0.0.1:1"}) == "no files, new connections");
  CHECK(said({"-k", "127.0.0.1:0", "--to", "localhost:1"}).ends_with(", new connections, names"));
  CHECK(said({"-k", "127.0.0.1:0", "--serve", "socks5"}).ends_with(", new connections, names"));

  Listener quiet({}, Input::bytes("x"));
  const Outcome client = run_sock({"connect", quiet.address});
  CHECK(client.err.empty());
  CHECK(quiet.wait().err.find("sandbox") == std::string::npos);
}

TEST_CASE("names are looked up for whoever is forwarded") {
  Listener target({"-k", "--echo"});
  Listener front({"-k", "--to", "localhost:" + std::to_string(target.port())});
  for (int i = 0; i < 3; ++i) {
    auto client = client_of(front);
    CHECK(answer_to(client, "through") == "through");
  }
}

TEST_CASE("a peer is still called by the name of the interface that it comes through") {
  // In a network of its own, whose loopback has a link-local address.
  const char* script =
      "ip link set lo up && ip -6 address add fe80::77/64 dev lo nodad || exit 99\n"
      "\"$0\" listen -v '[::]:4444' < /dev/null > /dev/null &\n"
      "\"$0\" connect -q --wait 15s '[fe80::77%lo]:4444' < /dev/null; wait";
  const Outcome outcome = support::run(
      {.argv = {"unshare", "--map-root-user", "--net", "sh", "-c", script, SOCK_PROGRAM}});
  if (outcome.code == 99 || outcome.err.find("unshare: ") != std::string::npos) {
    MESSAGE("skipped: no network of one's own can be made here: " << outcome.err);
    return;
  }
  INFO(outcome.err);
  CHECK(outcome.err.find("connection from [fe80::77%lo]:") != std::string::npos);
}

TEST_CASE("a connection that is lost is made again by its name") {
  Listener first({}, Input::open());
  const auto name = "localhost:" + std::to_string(first.port());
  Process client(sock_with({"connect", "-4", "--reconnect", name}, Input::open()));
  first.process.write("one ");
  client.wait_for_output("one ");
  first.process.close_input();
  first.process.signal(SIGTERM);
  first.wait();
  Process second(sock_with({"listen", first.address}, Input::open()));
  listening_address(second);
  second.write("two");
  client.wait_for_output("one two");
}

TEST_CASE("certificates of a directory are found when the peer shows its own") {
  const TempDir dir;
  const Secured secured;
  std::filesystem::create_directories(dir / "elsewhere");
  std::filesystem::create_directories(dir / "trusted");
  std::filesystem::copy_file(secured.authority.file(), dir / "elsewhere" / "ca.pem");
  std::filesystem::create_symlink(dir / "elsewhere" / "ca.pem", dir / "trusted" / "ca.pem");
  const auto trusted = (dir / "trusted").string();
  if (support::run({.argv = {"openssl", "rehash", trusted}}).code != 0) {
    MESSAGE("skipped: there is no openssl rehash");
    return;
  }
  Listener target(secured.options({"-k", "--echo"}));
  Listener front({"-k", "--to", "tls:" + target.address, "--to-ca", trusted});
  auto client = client_of(front);
  CHECK(answer_to(client, "through") == "through");
  const Outcome once =
      run_sock({"connect", "--ca", trusted, "tls:" + target.address}, Input::bytes("hello"));
  CHECK(once.out == "hello");
}
