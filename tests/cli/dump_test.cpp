// Dumps and records of what passes.
#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using support::Peer;
using support::Steps;

namespace {

// Every byte, and text that looks like hex: xxd must not read the columns behind.
std::string awkward_bytes() {
  std::string all = "dead beef 00000010: 4141 > <\n";
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  return all + support::random_bytes(5000) + "abc >";
}

TEST_CASE("xxd -r gives back each direction of a dump, and the records have the same") {
  const support::TempDir dir;
  const std::string question = awkward_bytes(), answer = support::random_bytes(3001, 2);
  const auto peer = Peer::server({Steps::write(answer.substr(0, 1003)), Steps::read_to_end(),
                                  Steps::write(answer.substr(1003)), Steps::half_close()});
  const std::string dump = dir / "dump";
  const Outcome outcome =
      run_sock({"connect", "--dump", "hex=" + dump, "--record",
                (dir / "in").string() + "," + (dir / "out").string(), peer->address()},
               Input::bytes(question));
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  CHECK(outcome.out == answer);
  CHECK(support::read_file(dir / "in") == answer);
  CHECK(support::read_file(dir / "out") == question);
  if (is_missing("xxd")) return;
  const auto undo = [&](const char* direction) {
    return support::run(
               {.argv = {"sh", "-c", "grep -a \"$1\" \"$2\" | xxd -r", "sh", direction, dump}})
        .out;
  };
  CHECK(undo(">$") == question);
  CHECK(undo("<$") == answer);
}

TEST_CASE("a dump on standard error has no control code of the peer") {
  for (const char* kind : {"hex", "text"}) {
    const auto peer =
        Peer::server({Steps::write("\x1b[2J\x07HTTP\r\n\xc2\x9b"), Steps::half_close()});
    const Outcome outcome = run_sock({"connect", "-r", "--dump", kind, peer->address()});
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "\x1b[2J\x07HTTP\r\n\xc2\x9b");
    CHECK(outcome.err.find("HTTP") != std::string::npos);
    for (const char c : outcome.err) CHECK((c == '\n' || (c >= ' ' && c <= '~')));
  }
}

TEST_CASE("what could not be written is in the record all the same") {
  const support::TempDir dir;
  const std::string text = support::random_bytes(100'000);
  const auto peer = Peer::server({Steps::write(text), Steps::half_close()});
  const Outcome outcome =
      run_sock({"connect", "-r", "--record", (dir / "in").string() + ",", peer->address()}, {},
               Output::file("/dev/full"));
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("standard output") != std::string::npos);
  const std::string recorded = support::read_file(dir / "in");
  CHECK(!recorded.empty());
  CHECK(text.starts_with(recorded));
}

TEST_CASE("a record that cannot be written ends the run, and is named") {
  const auto peer = Peer::server({Steps::write("x"), Steps::half_close()});
  const Outcome outcome = run_sock({"connect", "-r", "--record", "/dev/full,", peer->address()});
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("write /dev/full: no space left on device") != std::string::npos);
  const Outcome unopened = run_sock({"connect", "--dump", "hex=/no/such/dir/x", peer->address()});
  CHECK(unopened.code == 2);
  CHECK(unopened.err.find("open /no/such/dir/x: no such file") != std::string::npos);
}

TEST_CASE("a command's stream is dumped as any other") {
  const support::TempDir dir;
  Listener listener({"--dump", "text=" + (dir / "dump").string()}, {}, {},
                    {"--", "tr", "a-z", "A-Z"});
  const Outcome outcome = run_sock({"connect", listener.address}, Input::bytes("hello\n"));
  CHECK(outcome.out == "HELLO\n");
  CHECK(listener.wait().code == 0);
  const std::string dump = support::read_file(dir / "dump");
  CHECK(dump.find(" < hello\\n\n") != std::string::npos);
  CHECK(dump.find(" > HELLO\\n\n") != std::string::npos);
}

}  // namespace
