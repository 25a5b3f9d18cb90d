// Where datagrams begin and end, and how many are waited for.
#include <signal.h>

#include <doctest/doctest.h>

#include "cli/program.hpp"

using namespace cli;

namespace {

struct UdpListener {
  Process process;
  std::string address;
  explicit UdpListener(std::vector<std::string> options, Input input = {})
      : process(sock_with(words(std::move(options)), std::move(input))),
        address(listening_address(process)) {}

  static std::vector<std::string> words(std::vector<std::string> options) {
    options.insert(options.begin(), {"listen", "udp:127.0.0.1:0"});
    return options;
  }
};

TEST_CASE("lines go as datagrams and come out as lines") {
  UdpListener listener({"--framing", "line", "--replies", "3"});
  const Outcome sent = run_sock({"connect", "--framing", "line", listener.address},
                                Input::bytes("one\n\nthree and no newline"));
  CHECK(sent.code == 0);
  const Outcome got = listener.process.wait();
  CHECK(got.code == 0);
  CHECK(got.out == "one\n\nthree and no newline\n");
}

TEST_CASE("chunks are datagrams, the last with what is left") {
  UdpListener listener({"--framing", "line", "--replies", "3"});
  CHECK(run_sock({"connect", "--framing", "chunk=4", listener.address}, Input::bytes("abcdefghij"))
            .code == 0);
  CHECK(listener.process.wait().out == "abcd\nefgh\nij\n");
}

TEST_CASE("a length goes before each datagram, there and back") {
  using namespace std::string_literals;
  const std::string stream = "\0\3abc\0\0\0\5defgh"s;
  UdpListener listener({"--framing", "length", "--replies", "3"});
  CHECK(run_sock({"connect", "--framing", "length", listener.address}, Input::bytes(stream)).code ==
        0);
  CHECK(listener.process.wait().out == stream);
}

TEST_CASE("an input that ends within a datagram is an error, and what was whole is sent") {
  using namespace std::string_literals;
  UdpListener listener({"--replies", "1"});
  const Outcome sent = run_sock({"connect", "--framing", "length", listener.address},
                                Input::bytes("\0\3abc\0\5de"s));
  CHECK(sent.code == 1);
  CHECK(sent.err.find("read standard input: ") != std::string::npos);
  CHECK(sent.err.find("4 bytes read but not sent") == std::string::npos);
  CHECK(listener.process.wait().out == "abc");
}

TEST_CASE("so many replies end the run, and the input need not end") {
  UdpListener listener({"--replies", "2"}, Input::open());
  Process client(sock_with({"connect", "--replies", "1", listener.address}, Input::open()));
  client.write("one");
  listener.process.wait_for_output("one");
  listener.process.write("answer");
  const Outcome answered = client.wait();
  CHECK(answered.code == 0);
  CHECK(answered.out == "answer");
  listener.process.signal(SIGTERM);
  CHECK(listener.process.wait().out == "one");
}

TEST_CASE("with --replies the run does not end with its input") {
  UdpListener listener({}, Input::open());
  Process client(sock_with({"connect", "--replies", "1", listener.address}, Input::bytes("q")));
  listener.process.wait_for_output("q");
  listener.process.write("late");
  CHECK(client.wait().out == "late");
  listener.process.signal(SIGTERM);
  listener.process.wait();
}

TEST_CASE("a datagram larger than --recv-size is an error, and the input is read in such parts") {
  UdpListener small({"--recv-size", "4"});
  CHECK(run_sock({"connect", small.address}, Input::bytes("12345")).code == 0);
  const Outcome outcome = small.process.wait();
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("message too long; lost a datagram of 5 bytes, too large to be read at "
                         "once: give --recv-size 5; ") != std::string::npos);

  UdpListener listener({"--framing", "line", "--replies", "2"});
  CHECK(run_sock({"connect", "--recv-size", "3", listener.address}, Input::bytes("abcde")).code ==
        0);
  CHECK(listener.process.wait().out == "abc\nde\n");
}

TEST_CASE("an input that ends within a datagram is told as such") {
  UdpListener listener({"--deadline", "20s"});
  const Outcome outcome = run_sock({"connect", "--framing", "length", listener.address},
                                   Input::bytes(std::string("\0\5ab", 4)));
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("read standard input: bad message; it ends within a datagram") !=
        std::string::npos);
  listener.process.signal(SIGTERM);
  listener.process.wait();
}

TEST_CASE("a command has the datagrams as a stream where a framing tells them apart") {
  UdpListener listener({"--framing", "line", "--replies", "2"}, Input::null());
  const Outcome outcome =
      run_sock({"connect", "--framing", "line", listener.address, "--", "printf", "one\\ntwo\\n"});
  CHECK(outcome.code == 0);
  CHECK(listener.process.wait().out == "one\ntwo\n");
}

// 255.255.255.255 would leave this machine; this is the broadcast address of its own network.
TEST_CASE("a broadcast address needs no option, and whoever answers is heard") {
  Process listener(sock_with({"listen", "udp:0.0.0.0:0"}, Input::open()));
  const std::string address = listening_address(listener);
  const std::string port = address.substr(address.rfind(':') + 1);
  Process client(sock_with({"connect", "-u", "--replies", "1", "127.255.255.255", port},
                           Input::bytes("anybody?")));
  listener.wait_for_output("anybody[?]");
  listener.write("here");
  const Outcome outcome = client.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "here");
  listener.signal(SIGTERM);
  listener.wait();
}

TEST_CASE("a group is joined, and its members answer") {
  Process listener(
      sock_with({"listen", "udp:0.0.0.0:0", "--join", "239.77.0.2@lo"}, Input::open()));
  const std::string address = listening_address(listener);
  const std::string port = address.substr(address.rfind(':') + 1);
  Process client(
      sock_with({"connect", "-u", "--replies", "1", "--join", "239.77.0.2@lo", "239.77.0.2", port},
                Input::bytes("anybody?")));
  listener.wait_for_output("anybody[?]");
  listener.write("here");
  const Outcome outcome = client.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "here");
  listener.signal(SIGTERM);
  listener.wait();
}

TEST_CASE("datagrams of every member of a group are taken") {
  Process listener(
      sock_with({"listen", "udp:0.0.0.0:0", "--join", "239.77.0.3@lo", "--replies", "2"}));
  const std::string address = listening_address(listener);
  const std::string port = address.substr(address.rfind(':') + 1);
  for (const char* text : {"one", "two"})
    CHECK(run_sock({"connect", "-u", "--join", "239.77.0.3@lo", "239.77.0.3", port},
                   Input::bytes(text))
              .code == 0);
  CHECK(listener.wait().out == "onetwo");
}

}  // namespace
