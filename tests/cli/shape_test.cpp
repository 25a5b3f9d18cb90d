// Limits and changes of what passes.
#include <sys/socket.h>

#include <chrono>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;
using support::Peer;
using support::Steps;

namespace {

using Clock = std::chrono::steady_clock;

TEST_CASE("a limited rate holds for a file as for a pipe, and nothing is lost") {
  const support::TempDir dir;
  support::write_random(dir / "file", 300'000);
  for (const Input& input : {Input::file(dir / "file"), Input::pipe_from(dir / "file")}) {
    const auto peer = Peer::server({Steps::read_to_end(), Steps::half_close()});
    const auto start = Clock::now();
    const Outcome outcome =
        run_sock({"connect", "--limit-rate", "1000000/s", peer->address()}, input);
    CHECK(outcome.code == 0);
    CHECK(Clock::now() - start >= 199ms);  // a tenth of a second's worth at once
    CHECK(peer->finish() == support::read_file(dir / "file"));
  }
}

TEST_CASE("the rate of what comes is limited, too") {
  const std::string text = support::random_bytes(300'000);
  const auto peer = Peer::server({Steps::write(text), Steps::half_close()});
  const auto start = Clock::now();
  const Outcome outcome = run_sock({"connect", "--limit-rate", "1000000", peer->address()});
  CHECK(outcome.code == 0);
  CHECK(Clock::now() - start >= 199ms);
  CHECK(outcome.out == text);
  peer->finish();
}

TEST_CASE("--max-bytes cuts the input, and leaves the rest to who reads it next") {
  const support::TempDir dir;
  support::write_file(dir / "file", "questionrest");
  const auto peer =
      Peer::server({Steps::read_to_end(), Steps::write("answer"), Steps::half_close()});
  const Outcome outcome =
      support::run({.argv = {"sh", "-c", "\"$1\" connect --max-bytes 8 \"$2\"; cat", "sh",
                             SOCK_PROGRAM, peer->address()},
                    .input = Input::file(dir / "file")});
  CHECK(outcome.out == "answerrest");
  CHECK(outcome.err == "");
  CHECK(peer->finish() == "question");
}

TEST_CASE("--max-bytes takes a banner and is done, though the input is open") {
  const auto peer = Peer::server({Steps::write("SSH-2.0-OpenSSH_9.2p1\r\n"), Steps::read_to_end()});
  const Outcome outcome = run_sock({"connect", "--max-bytes", "7", peer->address()}, Input::open());
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "SSH-2.0");
}

TEST_CASE("lines are sent one by one") {
  const auto peer = Peer::server({Steps::read_to_end(), Steps::half_close()});
  const auto start = Clock::now();
  const Outcome outcome = run_sock({"connect", "--line-delay", "100ms", peer->address()},
                                   Input::bytes("one\ntwo\nthree\n"));
  CHECK(outcome.code == 0);
  CHECK(Clock::now() - start >= 199ms);
  CHECK(peer->finish() == "one\ntwo\nthree\n");
}

TEST_CASE("line ends become CRLF on the way out, and stay as they are on the way in") {
  for (const char* flag : {"-C", "--crlf"}) {
    const auto peer =
        Peer::server({Steps::read_to_end(), Steps::write("in\n"), Steps::half_close()});
    const Outcome outcome =
        run_sock({"connect", flag, "-v", peer->address()}, Input::bytes("a\nb\r\n\nc"));
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "in\n");
    CHECK(outcome.err.find("sent 9 bytes") != std::string::npos);
    CHECK(peer->finish() == "a\r\nb\r\n\r\nc");
  }
}

TEST_CASE("a listener shapes its stream as well") {
  Listener listener({"-C", "--max-bytes", "6"}, Input::bytes("a\n"));
  const auto peer =
      Peer::client(listener.port(), {Steps::read(3), Steps::write("first, and more")});
  const Outcome outcome = listener.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "first,");
  CHECK(peer->finish() == "a\r\n");
}

TEST_CASE("urgent bytes stay in the stream of who asks for them") {
  Listener with({"--oob"}), without;
  for (Listener* listener : {&with, &without}) {
    const Outcome sent =
        run_sock({"connect", "--oob", "127.0.0.1", std::to_string(listener->port())},
                 Input::bytes("urgent!"));
    CHECK(sent.code == 0);
  }
  CHECK(with.wait().out == "urgent!");
  CHECK(without.wait().out == "urgent");
}

TEST_CASE("what needs datagrams is refused on a stream, and urgent bytes on datagrams") {
  struct Row {
    std::vector<std::string> options;
    const char* message;
  };
  for (const Row& row : std::vector<Row>{{{"--replies", "1"}, "--replies: "},
                                         {{"--framing", "line"}, "--framing: "},
                                         {{"-u", "--oob"}, "--oob: "}}) {
    const auto peer = Peer::server({});
    std::vector<std::string> words{"connect", peer->address()};
    words.insert(words.end(), row.options.begin(), row.options.end());
    const Outcome outcome = run_sock(words);
    CHECK(outcome.code == 2);
    CHECK(outcome.err.starts_with("sock: " + std::string(row.message)));
  }
}

}  // namespace
