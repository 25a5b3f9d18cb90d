#include <signal.h>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/temp.hpp"

using namespace cli;

namespace {

struct UdpListener {
  Process process;
  std::string address;  // udp:127.0.0.1:PORT
  explicit UdpListener(std::vector<std::string> words, Input input = {})
      : process(sock_with(std::move(words), std::move(input))),
        address(listening_address(process)) {}
  Outcome stop() {
    process.signal(SIGTERM);
    return process.wait();
  }
};

}  // namespace

TEST_CASE("a datagram arrives, by prefix and by -u") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"listen", "udp:127.0.0.1:0"},
        std::vector<std::string>{"listen", "-u", "127.0.0.1:0"},
        std::vector<std::string>{"listen", "--udp", "127.0.0.1:0"}}) {
    UdpListener listener(words);
    CHECK(listener.address.starts_with("udp:127.0.0.1:"));
    const Outcome sent = run_sock({"connect", listener.address}, Input::bytes("hello"));
    CHECK(sent.code == 0);
    CHECK(sent.err == "");
    CHECK(listener.process.wait_for_output("hello") == "hello");
    CHECK(listener.stop().signal == SIGTERM);
  }
}

TEST_CASE("connect waits for answers as long as it is told to") {
  // The listener's input is its answer to whoever spoke first.
  UdpListener listener({"listen", "udp:127.0.0.1:0"}, Input::open());
  Process client(sock_with({"connect", "--until", "in", "--linger", "20s", listener.address},
                           Input::bytes("question")));
  listener.process.wait_for_output("question");
  listener.process.write("answer");
  CHECK(client.wait_for_output("answer") == "answer");
  client.signal(SIGTERM);
  CHECK(client.wait().signal == SIGTERM);
  listener.stop();
}

TEST_CASE("the largest datagram arrives whole") {
  UdpListener listener({"listen", "udp:127.0.0.1:0"});
  const std::string text(65507, 'x');
  CHECK(run_sock({"connect", listener.address}, Input::bytes(text)).code == 0);
  listener.process.wait_for_output(text.size());
  CHECK(listener.stop().out == text);
}

TEST_CASE("a port where nobody listens is seen where the system tells") {
  UdpListener listener({"listen", "udp:127.0.0.1:0"});
  listener.stop();
  const Outcome outcome =
      run_sock({"connect", "--until", "in", "--idle-timeout", "10s", listener.address},
               Input::bytes("hello"));
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("refused") != std::string::npos);
}
