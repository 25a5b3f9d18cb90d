// What is done to the bytes of many on their way, and who sees them pass.
#include <signal.h>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "support/temp.hpp"

using namespace cli;

namespace {

Outcome stop(Listener& listener) {
  listener.process.signal(SIGTERM);
  return listener.wait();
}

Listener serving(std::vector<std::string> options, std::vector<std::string> command) {
  options.insert(options.begin(), "-k");
  return Listener(std::move(options), Input::null(), Output::captured(), std::move(command));
}

}  // namespace

TEST_CASE("a command's connection that is idle ends, with the command, and no other") {
  // One that takes no notice of being asked to end is made to.
  Listener listener = serving({"-v", "--idle-timeout", "500ms"},
                              {"--", "sh", "-c", "trap '' TERM; while read x; do echo $x; done"});
  auto idle = client_of(listener), busy = client_of(listener);
  CHECK(answer_to(idle, "hello\n") == "hello\n");
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < start + 1s) {
    CHECK(answer_to(busy, "again\n") == "again\n");
    std::this_thread::sleep_for(50ms);  // is what keeps it from being idle
  }
  CHECK(read_to_end(idle) == "");
  listener.process.wait_for_error(": idle, exit 0; received 6 bytes, sent 6 bytes");
  CHECK(answer_to(busy, "still\n") == "still\n");
  busy.close();
  listener.process.wait_for_error(": exited, exit 0; ");
  wait_until([&] { return children_of(listener.process.pid()).empty(); });
  CHECK(stop(listener).code == 0);
}

TEST_CASE("a command that hangs where its connection is idle is killed") {
  Listener listener =
      serving({"-v", "--idle-timeout", "200ms"},
              {"--", "sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"});
  auto client = client_of(listener);
  CHECK(read_to_end(client) == "up\n");
  listener.process.wait_for_error(": idle, signal 9; received 0 bytes, sent 3 bytes");
  CHECK(stop(listener).code == 0);
}

TEST_CASE("ends of input pass between a command and its peer where the bytes are watched") {
  Listener listener = serving({"-v", "--idle-timeout", "10s"},
                              {"--", "sh", "-c", "cat >/dev/null; echo all; exit 3"});
  for (int i = 0; i < 3; ++i) {
    auto client = client_of(listener);
    client.sendall(std::string(300'000, 'x'));
    client.shutdown(SHUT_WR);
    CHECK(read_to_end(client) == "all\n");
  }
  listener.process.wait_for_error(": exited, exit 3; received 300000 bytes, sent 4 bytes");
  CHECK(stop(listener).code == 0);
}

TEST_CASE("a watched command that ends before it has read all is no failure of the connection") {
  Listener listener = serving({"-v", "--idle-timeout", "10s"}, {"--", "echo", "hello"});
  for (int i = 0; i < 20; ++i) {
    auto client = client_of(listener);
    CHECK(read_to_end(client) == "hello\n");
  }
  wait_until([&] { return children_of(listener.process.pid()).empty(); });
  const Outcome outcome = stop(listener);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("failed") == std::string::npos);
}

TEST_CASE("a rate holds for each of many, and nothing is lost") {
  const support::TempDir dir;
  support::write_random(dir / "file", 300'000);
  const std::string file = support::read_file(dir / "file");
  Listener far({"-k", "--echo"});
  for (const std::vector<std::string>& mode :
       {std::vector<std::string>{"--echo"}, std::vector<std::string>{"--to", far.address},
        std::vector<std::string>{"--send", (dir / "file").string()},
        std::vector<std::string>{"--", "cat"}}) {
    CAPTURE(mode[0]);
    std::vector<std::string> options{"-k", "--limit-rate", "1000000/s"}, command;
    (mode[0] == "--" ? command : options)
        .insert((mode[0] == "--" ? command : options).end(), mode.begin(), mode.end());
    Listener listener(options, Input::null(), Output::captured(), command);
    const auto start = std::chrono::steady_clock::now();
    std::vector<sock::Socket> clients;
    for (int i = 0; i < 3; ++i) {
      clients.push_back(client_of(listener));
      if (mode[0] == "--send") continue;
      std::thread([&client = clients.back(), &file] { client.sendall(file); }).join();
      clients.back().shutdown(SHUT_WR);
    }
    for (sock::Socket& client : clients) CHECK((read_to_end(client) == file));
    // A tenth of a second's worth passes at once.
    CHECK(std::chrono::steady_clock::now() - start >= 199ms);
    clients.clear();
    CHECK(stop(listener).code == 0);
  }
  CHECK(stop(far).code == 0);
}

TEST_CASE("--max-bytes bounds what each of many sends or gets") {
  const support::TempDir dir;
  support::write_file(dir / "file", "0123456789");
  Listener far({"-k", "--echo"});
  struct Row {
    std::vector<std::string> mode;
    const char* gets;
    const char* told;
  };
  for (const Row& row :
       std::vector<Row>{{{"--echo"}, "helloh", ": enough; received 6 bytes, sent 6 bytes"},
                        {{"--discard"}, "", ": enough; received 6 bytes"},
                        {{"--send", (dir / "file").string()},
                         "012345",
                         ": ended; received [0-9]+ bytes, sent 6 bytes"},
                        {{"--to", far.address}, "helloh", "; received 6 bytes, sent 6 bytes"}}) {
    CAPTURE(row.mode[0]);
    std::vector<std::string> options{"-k", "-v", "--max-bytes", "6"};
    options.insert(options.end(), row.mode.begin(), row.mode.end());
    Listener listener(options);
    for (int i = 0; i < 2; ++i) {
      auto client = client_of(listener);
      client.sendall("hellohello");
      try {
        const std::string got = read_to_end(client);
        CHECK(got == row.gets);
      } catch (const sock::ConnectionError&) {  // what it sent too much was not read
        CHECK(row.mode[0] == "--discard");
      }
    }
    listener.process.wait_for_error(row.told);
    CHECK(stop(listener).code == 0);
  }
  CHECK(stop(far).code == 0);
}

TEST_CASE("lines reach all peers with CRLF, one after the other where that is asked for") {
  Listener listener({"-k", "-v", "--crlf", "--line-delay", "100ms"}, Input::open());
  auto first = client_of(listener), second = client_of(listener);
  listener.process.wait_for_error("connection from [^]*connection from ");
  const auto start = std::chrono::steady_clock::now();
  listener.process.write("a\nb\nc\n");
  listener.process.close_input();
  CHECK(read_to_end(first) == "a\r\nb\r\nc\r\n");
  CHECK(read_to_end(second) == "a\r\nb\r\nc\r\n");
  CHECK(std::chrono::steady_clock::now() - start >= 200ms);
  first.close();
  second.close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("an option of one conversation is refused where it means nothing for many") {
  struct Row {
    std::vector<std::string> options;
    const char* says;
  };
  for (const Row& row : std::vector<Row>{
           {{"--echo", "--crlf"},
            "--crlf: not with --echo, but with standard input and output and -- COMMAND"},
           {{"--broker", "--limit-rate", "1k"}, "--limit-rate: not with --broker, but with "},
           {{"--max-bytes", "1k"}, "--max-bytes: not with standard input and output, but with "},
           {{"--echo", "--replies", "1"}, "after so many peers --max-total ends the run"},
           {{"--echo", "--oob"}, "--oob: for one peer alone: without --keep-open"},
           {{"--framing", "line"}, "--framing: 127.0.0.1:"},
           {{"--to", "127.0.0.1:9", "--send-only"}, "not with --to, but with "}}) {
    CAPTURE(row.options[0]);
    std::vector<std::string> words{"listen", "-k", "127.0.0.1:0"};
    words.insert(words.end(), row.options.begin(), row.options.end());
    const Outcome outcome = run_sock(words);
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find(row.says) != std::string::npos);
  }
  const Outcome outcome =
      run_sock({"listen", "-k", "udp:127.0.0.1:0", "--echo", "--limit-rate", "1k"});
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("takes datagrams, which cannot be held back") != std::string::npos);
}
