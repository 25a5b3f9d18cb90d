// What is done to the bytes of many on their way, and who sees them pass.
#include <signal.h>

#include <doctest/doctest.h>

#include "cli/serving.hpp"

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
