// The end-of-input rule, sentence by sentence.
#include <fcntl.h>
#include <unistd.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "sock/create.hpp"
#include "sock/error.hpp"
#include "support/peer.hpp"
#include "support/pty.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;
using sock::Socket;
using Words = std::vector<std::string>;
using support::Peer;
using support::Steps;

TEST_CASE("the peer is told of the end of the input, and a late answer is awaited") {
  auto peer =
      Peer::server({Steps::read_to_end(), Steps::pause(1s), Steps::write("late"), Steps::close()});
  const Outcome outcome = run_sock({"connect", peer->address()}, Input::bytes("question"));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "late");
  CHECK(outcome.err == "");
  CHECK(peer->finish() == "question");
}

TEST_CASE("the input goes on after the peer has ended its side, while the peer takes it") {
  auto peer = Peer::server({Steps::half_close(), Steps::read_to_end()});
  Process client(sock_with({"connect", peer->address()}, Input::open()));
  client.write("one ");
  peer->wait_for_bytes(4);
  client.write("two");
  client.close_input();
  CHECK(client.wait().code == 0);
  CHECK(peer->finish() == "one two");
}

TEST_CASE("an open input does not keep us when the peer is gone") {
  SUBCASE("after a proper end it is done, and well") {
    auto peer =
        Peer::server({Steps::write("bye"), Steps::half_close(), Steps::stall(), Steps::reset()});
    Process client(sock_with({"connect", peer->address()}, Input::open()));
    client.wait_for_output("bye");
    peer->proceed();
    const Outcome outcome = client.wait();
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "bye");
  }
  SUBCASE("without one the connection broke") {
    auto peer = Peer::server({Steps::write("bye"), Steps::stall(), Steps::reset()});
    Process client(sock_with({"connect", peer->address()}, Input::open()));
    client.wait_for_output("bye");
    peer->proceed();
    const Outcome outcome = client.wait();
    CHECK(outcome.code == 1);
    CHECK(outcome.out == "bye");
    CHECK(outcome.err.find("reset") != std::string::npos);
  }
}

TEST_CASE("at a terminal the end of the peer is the end") {
  support::Pty terminal;
  auto peer = Peer::server({Steps::write("bye\n"), Steps::half_close(), Steps::read_to_end()});
  Process client(sock_with({"connect", peer->address()}, Input::terminal(terminal.path())));
  const Outcome outcome = client.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "bye\n");
  peer->finish();
}

TEST_CASE("Ctrl-D at a terminal is the end of the input, and the answer still comes") {
  support::Pty terminal;
  auto peer = Peer::server({Steps::read_to_end(), Steps::write("answer\n"), Steps::close()});
  Process client(sock_with({"connect", peer->address()}, Input::terminal(terminal.path()),
                           Output::file(terminal.path())));
  terminal.type("question\n");
  peer->wait_for_bytes(9);
  terminal.type("\x04");
  terminal.wait_for("answer");
  CHECK(client.wait().code == 0);
  CHECK(peer->finish() == "question\n");
}

TEST_CASE("a listener with nothing to say does not end its side before the peer has") {
  // Such a client stops sending when it sees the end: all of its bytes prove that it saw none.
  const std::string text = support::random_bytes(4 << 20);
  for (const Input& input : {Input::null(), Input::bytes("")}) {
    Listener listener({}, input);
    auto client = Peer::client(listener.port(), {Steps::stall(), Steps::write(text),
                                                 Steps::half_close(), Steps::read_to_end()});
    client->proceed();
    const Outcome outcome = listener.wait();
    CHECK(outcome.code == 0);
    CHECK(outcome.out == text);
    CHECK(client->finish() == "");
  }
}

TEST_CASE("such a listener sends no end while its peer is still open") {
  Listener listener;
  bool told = true;
  auto client = Peer::client(
      listener.port(), {Steps::quiet(300ms, told), Steps::half_close(), Steps::read_to_end()});
  CHECK(listener.wait().code == 0);
  client->finish();
  CHECK_FALSE(told);
}

TEST_CASE("a listener that has said something ends its side") {
  Listener listener({}, Input::bytes("hello"));
  auto client =
      Peer::client(listener.port(), {Steps::read_to_end(), Steps::write("answer"), Steps::close()});
  const Outcome outcome = listener.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "answer");
  CHECK(client->finish() == "hello");
}

TEST_CASE("a client with an empty input ends its side at once") {
  auto peer = Peer::server({Steps::read_to_end(), Steps::write("answer"), Steps::close()});
  const Outcome outcome = run_sock({"connect", peer->address()}, Input::null());
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "answer");
  CHECK(peer->finish() == "");
}

TEST_CASE("--until in ends with the peer, whatever the input has") {
  auto peer = Peer::server({Steps::write("bye"), Steps::half_close(), Steps::read_to_end()});
  Process client(sock_with({"connect", "--until", "in", peer->address()}, Input::open()));
  const Outcome outcome = client.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "bye");
  peer->finish();
}

TEST_CASE("--until out ends when the input was delivered, whatever the peer has to say") {
  auto peer = Peer::server({Steps::read(5), Steps::stall()});
  const Outcome outcome =
      run_sock({"connect", "--until", "out", peer->address()}, Input::bytes("hello"));
  CHECK(outcome.code == 0);
  peer->proceed();
  CHECK(peer->finish() == "hello");
}

TEST_CASE("--until any ends at the first end") {
  SUBCASE("of the input") {
    auto peer = Peer::server({Steps::read(5), Steps::stall()});
    CHECK(run_sock({"connect", "--until", "any", peer->address()}, Input::bytes("hello")).code ==
          0);
    peer->proceed();
    peer->finish();
  }
  SUBCASE("of the peer") {
    auto peer = Peer::server({Steps::half_close(), Steps::read_to_end()});
    CHECK(run_sock({"connect", "--until", "any", peer->address()}, Input::open()).code == 0);
    peer->finish();
  }
}

TEST_CASE("--until both is the default") {
  auto peer = Peer::server({Steps::read_to_end(), Steps::write("late"), Steps::close()});
  const Outcome outcome =
      run_sock({"connect", "--until", "both", peer->address()}, Input::bytes("hello"));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "late");
}

namespace {

// Sends without end, and begins to read only after a while: how much it got.
class Talker {
 public:
  Talker() {
    server_.settimeout(60s);
    got_ = std::async(std::launch::async, [this] {
      Socket peer = server_.accept().first;
      peer.settimeout(60s);
      std::jthread talk([&peer](const std::stop_token& stop) {
        const std::string word(1000, 'y');
        while (!stop.stop_requested()) {
          (void)peer.try_send(Socket::bytes(word));
          std::this_thread::sleep_for(1ms);
        }
      });
      std::this_thread::sleep_for(300ms);
      std::size_t got = 0;
      try {
        for (std::size_t n = 1; n != 0; got += n) n = peer.recv(50'000).size();
      } catch (const sock::ConnectionError&) {  // as it is still talking
      }
      talk.request_stop();
      return got;
    });
  }
  std::string address() const { return to_string(server_.getsockname()); }
  std::size_t got() { return got_.get(); }

 private:
  Socket server_ = sock::create_server("127.0.0.1", 0);
  std::future<std::size_t> got_;
};

}  // namespace

TEST_CASE("a run that ends before its peer does ends when all it has sent has got there") {
  const std::string input(2'000'000, 'z');
  for (const auto& rule :
       {Words{"--send-only"}, Words{"--until", "out"}, Words{"--until", "any"}}) {
    CAPTURE(rule.back());
    Talker peer;
    Words words{"connect", peer.address()};
    words.insert(words.end(), rule.begin(), rule.end());
    CHECK(run_sock(words, Input::bytes(input)).code == 0);
    CHECK(peer.got() == input.size());
  }
}

TEST_CASE("--linger that is over before the peer has taken all is exit 5, on every route") {
  for (const bool looked_at : {false, true}) {
    CAPTURE(looked_at);
    auto peer = Peer::server({Steps::half_close(), Steps::stall()});
    Words words{"connect", "--linger", "300ms", peer->address()};
    if (looked_at) words.insert(words.end(), {"--record", ",/dev/null"});
    const Outcome outcome = run_sock(words, Input::bytes(std::string(20'000'000, 'x')));
    CHECK(outcome.code == 5);
    CHECK(outcome.err.find("--linger 300ms") != std::string::npos);
    CHECK(outcome.err.find("not confirmed") != std::string::npos);
    peer->proceed();
  }
}

TEST_CASE("--linger bounds what remains after the first end") {
  SUBCASE("of the input") {
    auto peer = Peer::server({Steps::read_to_end(), Steps::stall()});
    const Outcome outcome =
        run_sock({"connect", "--linger", "200ms", peer->address()}, Input::bytes("hello"));
    CHECK(outcome.code == 0);
    CHECK(outcome.took >= 200ms);
    peer->proceed();
    CHECK(peer->finish() == "hello");
  }
  SUBCASE("of the peer") {
    auto peer = Peer::server({Steps::half_close(), Steps::read_to_end()});
    const Outcome outcome =
        run_sock({"connect", "--linger", "200ms", peer->address()}, Input::open());
    CHECK(outcome.code == 0);
    peer->finish();
  }
  SUBCASE("an answer in time is not cut") {
    auto peer = Peer::server(
        {Steps::read_to_end(), Steps::pause(200ms), Steps::write("answer"), Steps::close()});
    const Outcome outcome =
        run_sock({"connect", "--linger", "15s", peer->address()}, Input::bytes("hello"));
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "answer");
    CHECK(outcome.took < 15s);
  }
}

TEST_CASE("--no-shutdown keeps the end of the input from the peer") {
  bool told = true;
  auto peer = Peer::server(
      {Steps::read(5), Steps::quiet(300ms, told), Steps::write("answer"), Steps::close()});
  const Outcome outcome =
      run_sock({"connect", "--no-shutdown", peer->address()}, Input::bytes("hello"));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "answer");
  peer->finish();
  CHECK_FALSE(told);
}

TEST_CASE("--send-only ends with the input, and what the peer sends does no harm") {
  const std::string text = support::random_bytes(1 << 20);
  for (const std::string option : {"--send-only", "-s"}) {
    std::promise<void> written;
    auto peer = Peer::server(
        {Steps::write("unwanted"), [&](Peer&) { written.set_value(); }, Steps::read_to_end()});
    Process client(sock_with({"connect", option, peer->address()}, Input::open()));
    REQUIRE(written.get_future().wait_for(15s) == std::future_status::ready);
    client.write(text);
    client.close_input();
    const Outcome outcome = client.wait();
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "");
    CHECK(peer->finish() == text);
  }
}

TEST_CASE("--recv-only never reads its input and ends with the peer") {
  for (const std::string option : {"--recv-only", "-r"}) {
    auto peer = Peer::server({Steps::write("hello"), Steps::half_close(), Steps::read_to_end()});
    support::TempDir dir;
    support::write_file(dir / "rest", "unread");
    const int fd = ::open((dir / "rest").c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    const sock::Fd file(fd);
    const Outcome outcome =
        run_sock({"connect", option, peer->address()}, Input::descriptor(file.get()));
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "hello");
    CHECK(::lseek(file.get(), 0, SEEK_CUR) == 0);
    CHECK(peer->finish() == "");
  }
}

TEST_CASE("standard input that is not open is an empty one") {
  auto peer = Peer::server({Steps::read_to_end(), Steps::write("answer"), Steps::close()});
  const Outcome outcome = run_sock({"connect", peer->address()}, Input::closed());
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "answer");
  CHECK(peer->finish() == "");
}
