#include "support/process.hpp"

#include <signal.h>

#include <stdexcept>

#include <doctest/doctest.h>

#include "support/descriptors.hpp"
#include "support/pty.hpp"
#include "support/temp.hpp"

using namespace support;

TEST_CASE("a program's input, output, errors and code are seen") {
  const Outcome outcome =
      run({.argv = {"sh", "-c", "cat; echo oops >&2; exit 3"}, .input = Input::bytes("hello")});
  CHECK(outcome.out == "hello");
  CHECK(outcome.err == "oops\n");
  CHECK(outcome.code == 3);
  CHECK(outcome.signal == 0);
}

TEST_CASE("a program that a signal ended has no code") {
  const Outcome outcome = run({.argv = {"sh", "-c", "kill -TERM $$"}});
  CHECK(outcome.code == -1);
  CHECK(outcome.signal == SIGTERM);
}

TEST_CASE("a program that is late is killed with all it started, and what it said is told") {
  try {
    run({.argv = {"sh", "-c", "echo said; sleep 100 & sleep 100"},
         .deadline = std::chrono::milliseconds(200)});
    FAIL("it was not late");
  } catch (const std::runtime_error& error) {
    CHECK(std::string(error.what()).find("said") != std::string::npos);
  }
}

TEST_CASE("what a program says is waited for, and never saying it is an error") {
  Process process({.argv = {"sh", "-c", "echo port 12 >&2; cat"}, .input = Input::open()});
  CHECK(process.wait_for_error("port ([0-9]+)") == "12");
  process.write("hello");
  process.wait_for_output(5);
  process.close_input();
  CHECK_THROWS_AS(process.wait_for_output("never"), std::runtime_error);
  CHECK(process.wait().code == 0);
}

TEST_CASE("many bytes go through pipes whole") {
  TempDir dir;
  write_random(dir / "in", 5'000'001);
  const Outcome outcome = run({.argv = {"cat"},
                               .input = Input::pipe_from(dir / "in"),
                               .output = Output::pipe_to(dir / "out")});
  CHECK(outcome.code == 0);
  CHECK(same_bytes(dir / "in", dir / "out"));
  write_random(dir / "out", 5'000'001, 2);
  CHECK_FALSE(same_bytes(dir / "in", dir / "out"));
}

TEST_CASE("a program has the descriptors it is given and no other") {
  const Outcome outcome = run({.argv = {"sh", "-c", "exec ls /proc/self/fd"}});
  CHECK(outcome.out == "0\n1\n2\n3\n");  // 3 is the directory
  CHECK(run({.argv = {"sh", "-c", "test -e /proc/self/fd/0"}, .input = Input::closed()}).code == 1);
}

TEST_CASE("a terminal is the program's own") {
  Pty terminal;
  Process process({.argv = {"sh", "-c", "tty && read line && echo got $line"},
                   .input = Input::terminal(terminal.path())});
  process.wait_for_output(terminal.path());
  terminal.type("hello\n");
  process.wait_for_output("got hello");
  CHECK(process.wait().code == 0);
}

TEST_CASE("nothing stays open") {
  const auto before = open_descriptors();
  run({.argv = {"cat"}, .input = Input::bytes("hello")});
  CHECK(open_descriptors() == before);
}
