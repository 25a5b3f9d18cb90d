#include <signal.h>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/temp.hpp"

using namespace cli;

TEST_CASE("two commands talk to each other, each a shell line") {
  support::TempDir dir;
  const std::string got = (dir / "got").string();
  const Outcome outcome = run_sock({"pair", "echo question; read answer; echo \"$answer\" > " + got,
                                    "read q; echo \"$q, too\""});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  CHECK(support::read_file(got) == "question, too\n");
}

TEST_CASE("both commands have a socket as their input and output") {
  CHECK(run_sock({"pair", "test -S /dev/stdin && test -S /dev/stdout",
                  "test -S /dev/stdin && test -S /dev/stdout"})
            .code == 0);
}

TEST_CASE("many bytes both ways, whole") {
  support::TempDir dir;
  support::write_random(dir / "one", 8 << 20, 1);
  support::write_random(dir / "two", 8 << 20, 2);
  const std::string d = dir.path().string();
  const auto line = [&](const std::string& from, const std::string& to) {
    return "cat " + d + "/" + from + " & head -c 8388608 > " + d + "/" + to + "; wait";
  };
  CHECK(run_sock({"pair", line("one", "two-copy"), line("two", "one-copy")}).code == 0);
  CHECK(support::same_bytes(dir / "one", dir / "one-copy"));
  CHECK(support::same_bytes(dir / "two", dir / "two-copy"));
}

TEST_CASE("the exit code is that of the first that failed") {
  CHECK(run_sock({"pair", "true", "true"}).code == 0);
  CHECK(run_sock({"pair", "exit 3", "cat"}).code == 3);
  CHECK(run_sock({"pair", "cat", "exit 4"}).code == 4);
  CHECK(run_sock({"pair", "kill -KILL $$", "cat"}).code == 128 + SIGKILL);
  CHECK(run_sock({"pair", "no-such-command-anywhere 2>&-", "cat"}).code == 127);
}

TEST_CASE("one command is joined to our input and output") {
  const Outcome outcome = run_sock({"pair", "--", "tr", "a-z", "A-Z"}, Input::bytes("hello"));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "HELLO");
  CHECK(outcome.err == "");
}

TEST_CASE("one command has a real socket, and its code is ours") {
  CHECK(run_sock({"pair", "--", "sh", "-c", "test -S /dev/stdin && test -S /dev/stdout"}).code ==
        0);
  CHECK(run_sock({"pair", "--", "sh", "-c", "exit 9"}).code == 9);
  CHECK(run_sock({"pair", "--", "sh", "-c", "kill -TERM $$"}).code == 128 + SIGTERM);
  const Outcome missing = run_sock({"pair", "--", "no-such-command-anywhere"});
  CHECK(missing.code == 127);
  CHECK(missing.err.find("no-such-command-anywhere") != std::string::npos);
}

TEST_CASE("a command that ends while our input is open ends the run") {
  Process pair(sock_with({"pair", "--", "sh", "-c", "echo done"}, Input::open()));
  const Outcome outcome = pair.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "done\n");
}

TEST_CASE("--type chooses the pair") {
  const std::string count = "import socket; print(socket.socket(fileno=0).type.name)";
  CHECK(run_sock({"pair", "--type", "seqpacket", "--", "python3", "-c", count}).out ==
        "SOCK_SEQPACKET\n");
  CHECK(run_sock({"pair", "--", "python3", "-c", count}).out == "SOCK_STREAM\n");
}
