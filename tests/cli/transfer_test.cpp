// The main job: bytes from a shell through connect and listen and back, whole.
#include <cstdlib>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using support::Peer;
using support::Steps;

namespace {

// 64 MiB, or 1 GiB when SOCK_TEST_GIB is set.
std::uint64_t size() { return std::getenv("SOCK_TEST_GIB") ? 1ULL << 30 : 64ULL << 20; }

constexpr auto limit = std::chrono::minutes(4);

struct Ways {
  const char* name;
  Input (*input)(const std::filesystem::path&);
  Output (*output)(const std::filesystem::path&);
};
const Ways ways[] = {{"file to file", Input::file, Output::file},
                     {"pipe to pipe", Input::pipe_from, Output::pipe_to}};

}  // namespace

TEST_CASE("what goes into connect comes out of listen, from files and pipes") {
  support::TempDir dir;
  support::write_random(dir / "in", size());
  for (const Ways& way : ways) {
    INFO(std::string(way.name));
    Listener listener(with_deadline(Listener::program({}, {}, way.output(dir / "out")), limit));
    const Outcome sent = support::run(
        with_deadline(sock_with({"connect", listener.address}, way.input(dir / "in")), limit));
    CHECK(sent.code == 0);
    CHECK(sent.err == "");
    CHECK(sent.out == "");
    CHECK(listener.wait().code == 0);
    CHECK(support::same_bytes(dir / "in", dir / "out"));
  }
}

TEST_CASE("what goes into listen comes out of connect, from files and pipes") {
  support::TempDir dir;
  support::write_random(dir / "in", size());
  for (const Ways& way : ways) {
    INFO(std::string(way.name));
    Listener listener(with_deadline(Listener::program({}, way.input(dir / "in")), limit));
    const Outcome received = support::run(with_deadline(
        sock_with({"connect", listener.address}, Input::null(), way.output(dir / "out")), limit));
    CHECK(received.code == 0);
    CHECK(received.err == "");
    CHECK(listener.wait().code == 0);
    CHECK(support::same_bytes(dir / "in", dir / "out"));
  }
}

TEST_CASE("both ways at once, neither waits for the other") {
  support::TempDir dir;
  support::write_random(dir / "one", size(), 1);
  support::write_random(dir / "two", size(), 2);
  for (const Ways& way : ways) {
    INFO(std::string(way.name));
    Listener listener(with_deadline(
        Listener::program({}, way.input(dir / "one"), way.output(dir / "from-connect")), limit));
    const Outcome connect =
        support::run(with_deadline(sock_with({"connect", listener.address}, way.input(dir / "two"),
                                             way.output(dir / "from-listen")),
                                   limit));
    CHECK(connect.code == 0);
    CHECK(connect.err == "");
    const Outcome listened = listener.wait();
    CHECK(listened.code == 0);
    CHECK(listened.err == "listening on " + listener.address + "\n");
    CHECK(support::same_bytes(dir / "one", dir / "from-listen"));
    CHECK(support::same_bytes(dir / "two", dir / "from-connect"));
  }
}

TEST_CASE("HOST PORT reaches a listener on every address, by name") {
  Process listener(sock_with({"listen", "-p", "0"}));
  const std::string port = listener.wait_for_error("listening on [^\\n]*:([0-9]+)[^0-9:]*\\n");
  const Outcome sent = run_sock({"connect", "localhost", port}, Input::bytes("hello"));
  CHECK(sent.code == 0);
  const Outcome got = listener.wait();
  CHECK(got.code == 0);
  CHECK(got.out == "hello");
}

TEST_CASE("a listener on every address takes IPv6 and IPv4 on one port") {
  for (const std::string host : {"127.0.0.1", "[::1]"}) {
    INFO(host);
    Process listener(sock_with({"listen", "*:0"}));
    const std::string line = listener.wait_for_error("listening on ([^\\n]*)\\n");
    if (host == "[::1]" && line.find("[::]") == line.npos) {
      MESSAGE("skipped: this machine has no IPv6");
      continue;
    }
    const std::string port = listener.wait_for_error("listening on [^\\n]*:([0-9]+)[^0-9:]*\\n");
    CHECK(run_sock({"connect", host + ":" + port}, Input::bytes("x")).code == 0);
    const Outcome got = listener.wait();
    CHECK(got.code == 0);
    CHECK(got.out == "x");
  }
}

TEST_CASE("a listener says where it listens, and nothing with -q") {
  Listener listener;
  CHECK(run_sock({"connect", listener.address}).code == 0);
  CHECK(listener.wait().err == "listening on " + listener.address + "\n");

  support::TempDir dir;
  const std::string path = (dir / "s").string();
  Process quiet(sock_with({"listen", "-q", path}, Input::bytes("hello")));
  Outcome got;
  do {  // there is no line to wait for
    got = run_sock({"connect", path});
  } while (got.code == 4);
  CHECK(got.out == "hello");
  const Outcome over = quiet.wait();
  CHECK(over.code == 0);
  CHECK(over.err == "");
}

TEST_CASE("a peer that reads one byte at a time gets every byte") {
  // More than the buffers of both ends hold.
  const std::string text = support::random_bytes(800'000);
  auto peer = Peer::server({Steps::read_slowly(text.size()), Steps::read_to_end(), Steps::close()});
  const Outcome sent =
      run_sock({"connect", "--option", "SO_SNDBUF=32k", "127.0.0.1", std::to_string(peer->port())},
               Input::bytes(text));
  CHECK(peer->finish() == text);
  CHECK(sent.code == 0);
}

TEST_CASE("a slow reader of our output gets every byte") {
  support::TempDir dir;
  const std::string text = support::random_bytes(1 << 20);
  auto peer = Peer::server({Steps::write(text), Steps::half_close(), Steps::read_to_end()});
  Program program;
  program.argv = {"sh", "-c",
                  std::string(SOCK_PROGRAM) + " connect " + peer->address() +
                      " </dev/null | dd bs=100 iflag=fullblock status=none"};
  const Outcome received = support::run(program);
  CHECK(received.out == text);
  peer->finish();
}

TEST_CASE("-v says how much went each way") {
  auto peer = Peer::server(
      {Steps::read(5), Steps::write("answer!"), Steps::half_close(), Steps::read_to_end()});
  const Outcome outcome = run_sock({"connect", "-v", peer->address()}, Input::bytes("hello"));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "answer!");
  CHECK(outcome.err.find(peer->address()) != std::string::npos);
  CHECK(outcome.err.find('5') != std::string::npos);
  CHECK(outcome.err.find('7') != std::string::npos);
  peer->finish();
}
