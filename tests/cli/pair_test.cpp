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

TEST_CASE("--family gives TCP and UDP sockets that are joined") {
  const std::string first =
      "python3 -c 'import socket; s = socket.socket(fileno=0); s.send(b\"x\");"
      "print(s.family.name, s.type.name, s.getpeername()[0])'";
  const std::string second = "test \"$(head -c 1)\" = x";
  struct Row {
    const char *family, *type, *says;
  };
  for (const Row& row : {Row{"inet", "stream", "AF_INET SOCK_STREAM 127.0.0.1\n"},
                         Row{"inet6", "stream", "AF_INET6 SOCK_STREAM ::1\n"},
                         Row{"inet", "dgram", "AF_INET SOCK_DGRAM 127.0.0.1\n"}}) {
    const Outcome outcome =
        run_sock({"pair", "--family", row.family, "--type", row.type, "--fd", "0", first, second});
    CHECK(outcome.code == 0);
    CHECK(outcome.out == row.says);
  }
}

TEST_CASE("--fd gives the socket as that descriptor, and 0 and 1 stay ours") {
  const Outcome outcome =
      run_sock({"pair", "--fd", "3", "test -S /dev/fd/3 && ! test -S /dev/stdin && echo hi >&3",
                "read word <&3; cat; echo \"$word\""},
               Input::bytes("input "));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "input hi\n");
}

TEST_CASE("--fd with one command: our input goes to the socket, and its own is empty") {
  const Outcome outcome = run_sock(
      {"pair", "--fd", "3", "--", "sh", "-c", "cat; cat <&3 | tr a-z A-Z"}, Input::bytes("hello"));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "HELLO");
}

TEST_CASE("--pipes: each direction ends by itself, where with one socket it does not") {
  const support::TempDir dir;
  const std::string got = dir / "got";
  const std::vector<std::string> filter{"sort", "echo b; echo a; exec >&-; cat > " + got};
  const auto with = [&](std::vector<std::string> options) {
    options.insert(options.begin(), "pair");
    options.insert(options.end(), filter.begin(), filter.end());
    return run_sock(options);
  };
  CHECK(with({"--pipes"}).code == 0);
  CHECK(support::read_file(got) == "a\nb\n");
  CHECK(with({"--deadline", "300ms"}).code == 5);
}

TEST_CASE("--pipes go where --fd says, and with one command to our input and output") {
  CHECK(run_sock({"pair", "--pipes", "--fd", "6,7", "echo there >&7; cat <&6",
                  "read word <&6; echo \"$word and back\" >&7"})
            .out == "there and back\n");
  const Outcome outcome = run_sock({"pair", "--pipes", "--", "sort"}, Input::bytes("b\na\n"));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "a\nb\n");
}

TEST_CASE("--buffer: two that write before they read have room for it") {
  const std::string line = "head -c 600000 /dev/zero && head -c 600000 > /dev/null";
  CHECK(run_sock({"pair", "--pipes", "--buffer", "1M", line, line}).code == 0);
  CHECK(run_sock({"pair", "--pipes", "--deadline", "300ms", line, line}).code == 5);
}

TEST_CASE("what passes is copied and shown, and arrives") {
  const support::TempDir dir;
  const std::string got = dir / "got", tee = dir / "tee", dump = dir / "dump";
  for (const char* kind : {"--family=unix", "--family=inet", "--pipes"}) {
    INFO(kind);
    const Outcome outcome =
        run_sock({"pair", kind, "--tee", tee, "--dump", "text=" + dump,
                  "echo question; read answer; echo \"$answer\" > " + got, "read q; echo answer"});
    CHECK(outcome.code == 0);
    CHECK(outcome.err == "");
    CHECK(support::read_file(got) == "answer\n");
    CHECK(support::read_file(tee) == "question\nanswer\n");
    const std::string text = support::read_file(dump);
    CHECK(text.find("> question\\n") != std::string::npos);
    CHECK(text.find("< answer\\n") != std::string::npos);
  }
}

TEST_CASE("messages keep their boundaries when they are copied, however long they are") {
  const std::string send =
      "import socket; s = socket.socket(fileno=0)\n"
      "for n in (1, 100000, 7): s.send(bytes(n))\n";
  const std::string take =
      "import socket, sys; s = socket.socket(fileno=0)\n"
      "print([len(s.recv(200000)) for _ in range(3)], file=sys.stderr)\n";
  for (const char* type : {"seqpacket", "dgram"}) {
    INFO(type);
    const Outcome outcome =
        run_sock({"pair", "--type", type, "--tee", "/dev/null", "--limit-rate", "10M/s",
                  "python3 -c '" + send + "'", "python3 -c '" + take + "'"});
    CHECK(outcome.code == 0);
    CHECK(outcome.err == "[1, 100000, 7]\n");
  }
}

TEST_CASE("what a command said before it ended arrives, though it left something unread") {
  const std::string first =
      "import socket; s = socket.socket(fileno=0)\n"
      "s.recv(1, socket.MSG_PEEK); s.send(bytes(5)); s.send(bytes(6))\n";
  const std::string second =
      "import socket, sys; s = socket.socket(fileno=0); s.send(b\"x\")\n"
      "while n := len(s.recv(100)): print(n, file=sys.stderr)\n";
  const Outcome outcome = run_sock({"pair", "--type", "seqpacket", "--tee", "/dev/null",
                                    "python3 -c '" + first + "'", "python3 -c '" + second + "'"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "5\n6\n");
}

TEST_CASE("--limit-rate slows both down") {
  const Outcome outcome =
      run_sock({"pair", "--limit-rate", "100k/s", "head -c 40000 /dev/zero", "cat > /dev/null"});
  CHECK(outcome.code == 0);
  CHECK(outcome.took >= std::chrono::milliseconds(200));
}

TEST_CASE("a writer learns that its reader is gone, also when we copy") {
  for (const char* kind : {"--family=unix", "--pipes"})
    for (const bool copied : {false, true}) {
      INFO(kind, copied);
      std::vector<std::string> arguments{"pair", kind};
      if (copied) arguments.insert(arguments.end(), {"--tee", "/dev/null"});
      arguments.insert(arguments.end(), {"exec yes", "exec head -n 1 > /dev/null"});
      // Linux sends no signal to who waits for room in a Unix socket, and yes(1) then ends with 1.
      const int code = run_sock(arguments).code;
      CHECK((code == 128 + SIGPIPE || code == 1));
    }
}
