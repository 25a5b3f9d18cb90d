// TLS where many are served.
#include <signal.h>
#include <sys/resource.h>

#include <array>
#include <filesystem>
#include <functional>
#include <list>
#include <span>

#include <doctest/doctest.h>

#include "cli/events.hpp"
#include "cli/serving.hpp"
#include "support/certificates.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using nlohmann::json;
using support::Authority;
using support::Certificate;
using support::Peer;
using support::Steps;

namespace {

using Words = std::vector<std::string>;
constexpr auto limit = std::chrono::minutes(2);

Authority& root() {
  static Authority authority;
  return authority;
}
const Certificate& certificate() {
  static const Certificate issued = root().issue("server", {.names = "DNS:localhost,IP:127.0.0.1"});
  return issued;
}

Listener server(const Words& more, Input input = Input::null(), Words command = {},
                Output output = Output::captured()) {
  Words options{"-k", "--tls", "--cert", certificate().file, "--key", certificate().key};
  options.insert(options.end(), more.begin(), more.end());
  return Listener(with_deadline(Listener::program(std::move(options), std::move(input),
                                                  std::move(output), std::move(command)),
                                limit));
}

Outcome client(const Listener& listener, Input input, const Words& more = {}) {
  Words words{"connect", "--ca", root().file(), "tls:" + listener.address};
  words.insert(words.end(), more.begin(), more.end());
  return support::run(with_deadline(sock_with(std::move(words), std::move(input)), limit));
}

Outcome stop(Listener& listener) {
  listener.process.signal(SIGTERM);
  return listener.wait();
}

// Programs that take what a server sends, to its end.
struct Taker {
  const char* program;
  std::function<Words(const std::string& port)> words;
};
const std::vector<Taker>& takers() {
  static const std::vector<Taker> all{
      {"openssl",
       [](const std::string& port) {
         return Words{"openssl", "s_client", "-quiet", "-connect", "127.0.0.1:" + port};
       }},
      {"ncat",
       [](const std::string& port) {
         return Words{"ncat", "--ssl", "--recv-only", "127.0.0.1", port};
       }},
      {"socat",
       [](const std::string& port) {
         return Words{"socat", "-u", "OPENSSL:127.0.0.1:" + port + ",cafile=" + root().file(), "-"};
       }},
      {"curl",
       [](const std::string& port) {
         return Words{"curl",     "-s",          "--http0.9",
                      "--cacert", root().file(), "https://127.0.0.1:" + port + "/"};
       }},
  };
  return all;
}

Outcome take_with(const Taker& taker, const Listener& listener) {
  Program program;
  program.argv = taker.words(std::to_string(listener.port()));
  program.input = Input::open();
  return support::run(with_deadline(std::move(program), limit));
}

}  // namespace

TEST_CASE("each mode is served over TLS, and the end of either side reaches the other") {
  const std::string much = support::random_bytes(2'000'000);
  {
    Listener listener = server({"--echo"});
    const Outcome outcome = client(listener, Input::bytes(much));
    CHECK(outcome.code == 0);
    CHECK((outcome.out == much));
    CHECK(stop(listener).code == 0);
  }
  {
    Listener listener = server({"--discard"});
    CHECK(client(listener, Input::bytes(much)).code == 0);
    CHECK(stop(listener).code == 0);
  }
  {
    Listener far({"-k", "--echo"});
    Listener listener = server({"--to", far.address});
    const Outcome outcome = client(listener, Input::bytes(much));
    CHECK(outcome.code == 0);
    CHECK((outcome.out == much));
    CHECK(stop(listener).code == 0);
    CHECK(stop(far).code == 0);
  }
  {
    Listener listener = server({"--max-total", "2"}, Input::bytes("from standard input"));
    for (const char* text : {"one,", "two,"}) {
      const Outcome outcome = client(listener, Input::bytes(text));
      CHECK(outcome.code == 0);
      // The input goes to who is there when it is read.
      CHECK((outcome.out == "from standard input" || text == std::string_view("two,")));
    }
    const Outcome outcome = listener.wait();
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "one,two,");
  }
  for (const char* mode : {"--broker", "--chat"}) {
    Listener listener = server({mode, "-v"});
    Process one(
        sock_with({"connect", "--ca", root().file(), "tls:" + listener.address}, Input::open()));
    Process other(
        sock_with({"connect", "--ca", root().file(), "tls:" + listener.address}, Input::open()));
    listener.process.wait_for_error("TLSv1[^]*TLSv1");
    one.write("hello\n");
    other.wait_for_output("hello\n");
    other.write("you too\n");
    one.wait_for_output("you too\n");
    one.close_input();
    CHECK(one.wait().code == 0);
    other.close_input();
    CHECK(other.wait().code == 0);
    CHECK(stop(listener).code == 0);
  }
}

TEST_CASE("a command has the peer's addresses, and its end is the peer's") {
  Listener listener =
      server({}, Input::null(),
             {"--", "sh", "-c",
              "echo $PROTO $TCPREMOTEIP $TCPLOCALIP:$TCPLOCALPORT $SOCK_PEER; cat; echo end"});
  const Outcome outcome = client(listener, Input::bytes("said\n"), {"-v"});
  CHECK(outcome.code == 0);
  const std::string mine = outcome.err.substr(outcome.err.find(" from ") + 6);
  CHECK(outcome.out == "TCP 127.0.0.1 " + listener.address + ' ' +
                           mine.substr(0, mine.find(" in ")) + "\nsaid\nend\n");
  CHECK(stop(listener).code == 0);
}

TEST_CASE("real clients get a file whole, over and over") {
  support::TempDir dir;
  support::write_random(dir / "file", 300'000);
  const std::string whole = support::read_file(dir / "file");
  Listener listener = server({"--send", (dir / "file").string()});
  for (const Taker& taker : takers()) {
    if (is_missing(taker.program)) continue;
    INFO(std::string(taker.program));
    for (int i = 0; i < 10; ++i) CHECK((take_with(taker, listener).out == whole));
  }
  const Outcome outcome = stop(listener);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("sock: ") == std::string::npos);
}

TEST_CASE("who stalls, resets or speaks no TLS holds up nobody, and events say why each ended") {
  support::TempDir dir;
  Listener listener = server({"--echo", "--timeout", "2s", "--events", (dir / "events").string()});
  std::vector<sock::Socket> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(client_of(listener));
  for (int i = 0; i < 50; ++i) {
    auto rude = client_of(listener);
    const std::array<int, 2> at_once{1, 0};  // struct linger: its close is a reset
    rude.setsockopt(SOL_SOCKET, SO_LINGER, std::as_bytes(std::span(at_once)));
    if (i % 2 == 0) rude.sendall("\x16\x03\x01\x02");
  }
  auto plain = client_of(listener);
  plain.sendall("GET / HTTP/1.0\r\n\r\n");
  read_to_end(plain);
  plain.close();
  CHECK(client(listener, Input::bytes("hello")).out == "hello");
  for (sock::Socket& socket : silent) CHECK(read_to_end(socket) == "");
  const unsigned long before = ticks_of(listener.process.pid());
  CHECK(client(listener, Input::bytes("hello")).out == "hello");
  CHECK(ticks_of(listener.process.pid()) < before + 100);
  const Outcome outcome = stop(listener);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("sock: ") == std::string::npos);

  std::size_t secured = 0, late = 0, nonsense = 0, ended = 0;
  for (const json& event : events_in(support::read_file(dir / "events"))) {
    if (event["event"] == "secured") ++secured;
    if (event["event"] != "closed") continue;
    late += event["reason"] == "handshake" && event["detail"] == "timed out" ? 1 : 0;
    nonsense += event["detail"] == "http request" ? 1 : 0;
    ended += event["reason"] == "ended" && event["received"] == 5 ? 1 : 0;
  }
  CHECK(secured == 2);
  CHECK(late == 50);
  CHECK(nonsense == 1);
  CHECK(ended == 2);
}

TEST_CASE("200 clients are served in turn where there are descriptors for few") {
  Program program = Listener::program(
      {"-k", "--tls", "--cert", certificate().file, "--key", certificate().key, "--echo"});
  program.argv.insert(program.argv.begin(), {"sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"});
  Listener listener(with_deadline(std::move(program), limit));
  std::list<Process> clients;
  std::size_t finished = 0;
  const auto finish_one = [&] {
    const Outcome outcome = clients.front().wait();
    clients.pop_front();
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "client " + std::to_string(finished++));
  };
  for (int i = 0; i < 200; ++i) {
    clients.emplace_back(
        with_deadline(sock_with({"connect", "--ca", root().file(), "tls:" + listener.address},
                                Input::bytes("client " + std::to_string(i))),
                      limit));
    // More than there is room for, and no more than this machine can bear.
    if (clients.size() > 30) finish_one();
  }
  while (!clients.empty()) finish_one();
  CHECK(listener.process.running());
  CHECK(stop(listener).code == 0);
}

TEST_CASE("SIGTERM lets what is on its way arrive, however slowly it is read") {
  support::TempDir dir;
  support::write_random(dir / "file", 3'000'000);
  Listener listener = server({"--send", (dir / "file").string(), "--drain", "60s"});
  Process slow(with_deadline(sock_with({"connect", "--ca", root().file(), "--limit-rate", "2M/s",
                                        "-r", "tls:" + listener.address},
                                       Input::null(), Output::file(dir / "got")),
                             limit));
  wait_until([&] {
    return std::filesystem::exists(dir / "got") && std::filesystem::file_size(dir / "got") > 0;
  });
  CHECK(stop(listener).code == 0);
  CHECK(slow.wait().code == 0);
  CHECK(support::same_bytes(dir / "file", dir / "got"));
}

TEST_CASE("one client that is refused is the end of a run for one") {
  Listener listener({"--tls", "--self-signed", "--echo"});
  CHECK(run_sock({"connect", "tls:" + listener.address}).code == 6);
  const Outcome outcome = listener.wait();
  CHECK(outcome.code == 6);
  CHECK(outcome.err.find("sock: TLS handshake with 127.0.0.1:") != std::string::npos);
}

TEST_CASE("a handshake that does not come off ends a run for one by the code of its cause") {
  struct Row {
    const char* what;
    std::vector<support::Step> steps;
    int code;
    const char* cause;
  };
  const std::vector<Row> rows{
      {"silent", {Steps::stall()}, 5, "timed out; it was not done within --timeout 300ms"},
      {"closes", {Steps::close()}, 6, "the peer ended the connection; does it speak TLS?"},
      {"plain text",
       {Steps::write("GET / HTTP/1.0\r\n\r\n"), Steps::stall()},
       6,
       "http request; the peer does not speak TLS"},
      {"reset", {Steps::reset()}, 6, "does it speak TLS?"},
  };
  const std::vector<std::vector<std::string>> modes{{}, {"--echo"}, {"--to", "127.0.0.1:1"}};
  for (const Row& row : rows)
    for (const auto& mode : modes) {
      CAPTURE(row.what);
      CAPTURE(mode.size());
      std::vector<std::string> options{"--tls", "--self-signed", "--timeout",
                                       row.code == 5 ? "300ms" : "60s"};
      options.insert(options.end(), mode.begin(), mode.end());
      Listener listener(std::move(options), Input::open());
      const auto peer = support::Peer::client(listener.port(), row.steps);
      const Outcome outcome = listener.wait();
      peer->proceed();
      CHECK(outcome.code == row.code);
      CHECK(outcome.err.find("sock: TLS handshake with 127.0.0.1:") != std::string::npos);
      CHECK(outcome.err.find(row.cause) != std::string::npos);
    }
}
