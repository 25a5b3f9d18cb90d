// TLS over datagrams (DTLS) where many are served, or forwarded to.
#include <signal.h>

#include <chrono>

#include <doctest/doctest.h>

#include "cli/events.hpp"
#include "cli/serving.hpp"
#include "cli/tls.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using nlohmann::json;

namespace {

using Words = std::vector<std::string>;

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// Serves many over UDP and TLS.
UdpServer server(const Secured& secured, const Words& more = {}, Input input = {},
                 const Words& command = {}) {
  return UdpServer(joined(secured.options(), more), std::move(input), command);
}

Program client(const Secured& secured, const std::string& address, Input input,
               const Words& more = {}) {
  return sock_with(joined({"connect", "--tls", "--ca", secured.authority.file(), address}, more),
                   std::move(input));
}

// Asked a line, answered one.
void check_answer(const Secured& secured, const std::string& address, const std::string& question,
                  const std::string& answer) {
  const Outcome outcome =
      support::run(client(secured, address, Input::bytes(question), {"--replies", "1"}));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == answer);
}

Program program(Words words, Input input) {
  Program program;
  program.argv = std::move(words);
  program.input = std::move(input);
  return program;
}

}  // namespace

TEST_CASE("--echo over DTLS serves several at once, each by itself") {
  const Secured secured;
  UdpServer listener = server(secured, {"--echo"});
  std::vector<std::unique_ptr<Process>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<Process>(
        client(secured, listener.address, Input::open(), {"--replies", "2"})));
    clients.back()->write("hello " + std::to_string(i));
  }
  for (int i = 0; i < 4; ++i)
    clients[static_cast<std::size_t>(i)]->wait_for_output("hello " + std::to_string(i));
  for (const auto& one : clients) one->write("more");
  for (const auto& one : clients) {
    one->wait_for_output("more");
    CHECK(one->wait().code == 0);
  }
  CHECK(listener.stop().code == 0);
}

TEST_CASE("a listener that ends tells its DTLS peers") {
  const Secured secured;
  for (const int signal : {SIGTERM, SIGINT}) {
    UdpServer listener = server(secured, {"--echo"});
    Process asking(client(secured, listener.address, Input::open(), {"--until", "in"}));
    asking.write("hello");
    asking.wait_for_output("hello");
    listener.process.signal(signal);
    CHECK(asking.wait().code == 0);
    listener.process.wait();
  }
}

TEST_CASE("a command for each DTLS peer, to the end of either") {
  const Secured secured;
  UdpServer listener = server(secured, {"-v"}, {},
                              {"--", "sh", "-c", "while read x; do echo $PROTO $x; done; exit 3"});
  check_answer(secured, listener.address, "a\n", "UDP a\n");
  check_answer(secured, listener.address, "b\n", "UDP b\n");
  // The client's close_notify is the end of what the command reads.
  listener.process.wait_for_error("exit 3[^]*exit 3");
  CHECK(listener.stop().code == 0);

  UdpServer brief = server(secured, {}, {}, {"--", "sh", "-c", "read x; echo got $x"});
  const Outcome outcome =
      support::run(client(secured, brief.address, Input::bytes("it\n"), {"--until", "in"}));
  CHECK(outcome.code == 0);  // the command's end is close_notify for the client
  CHECK(outcome.out == "got it\n");
  CHECK(brief.stop().code == 0);
}

TEST_CASE("standard input and output, and --discard, over DTLS") {
  const Secured secured;
  UdpServer listener = server(secured, {"-v"}, Input::open());
  Process first(client(secured, listener.address, Input::open(), {"--replies", "1"}));
  first.write("A");
  listener.process.wait_for_output(std::size_t{1});
  listener.process.write("to all");
  first.wait_for_output("to all");
  CHECK(first.wait().code == 0);
  CHECK(listener.stop().code == 0);

  UdpServer deaf = server(secured, {"--discard", "-v"});
  CHECK(support::run(client(secured, deaf.address, Input::bytes("12345"))).code == 0);
  deaf.process.wait_for_error("received 5 bytes");
  CHECK(deaf.stop().code == 0);
}

TEST_CASE("--to between DTLS and plain datagrams, and DTLS on both sides") {
  const Secured secured;
  UdpServer plain({"--echo"});
  UdpServer safe = server(secured, {"--echo"});
  const Words onward{"--to-tls", "--to-ca", secured.authority.file()};
  UdpServer ends_tls = server(secured, {"--to", plain.address});
  UdpServer begins_tls(joined({"--to", safe.address}, onward));
  UdpServer both = server(secured, joined({"--to", safe.address}, onward));
  check_answer(secured, ends_tls.address, "one", "one");
  check_answer(secured, both.address, "two", "two");
  auto peer = begins_tls.client();
  CHECK(ask(peer, "three") == "three");
  CHECK(ask(peer, "four") == "four");
  for (UdpServer* one : {&plain, &safe, &ends_tls, &begins_tls, &both})
    CHECK(one->stop().code == 0);
}

TEST_CASE("--to: a server of DTLS that is not trusted, or not there, is told of") {
  const Secured secured;
  UdpServer safe = server(secured, {"--echo"});
  UdpServer listener({"--to", safe.address, "--to-tls"});
  auto peer = listener.client();
  peer.send("hello");
  listener.process.wait_for_error("verify the certificate of udp:127.0.0.1:[0-9]+");
  CHECK(listener.stop().code == 0);
  safe.stop();
  UdpServer nowhere({"--to", safe.address, "--to-tls", "--to-insecure"});
  auto other = nowhere.client();
  other.send("hello");
  nowhere.process.wait_for_error("refused");
  CHECK(nowhere.stop().code == 0);
}

TEST_CASE("datagrams go into a stream over TLS where the framing tells them apart") {
  const Secured secured;
  Listener far(joined(secured.options(), {"-k", "--echo"}));
  UdpServer near(
      {"--to", "tls:" + far.address, "--to-ca", secured.authority.file(), "--framing", "length"});
  auto peer = near.client();
  CHECK(ask(peer, "one") == "one");
  CHECK(ask(peer, "and two") == "and two");
  const std::string large(60'000, 'x');
  CHECK((ask(peer, large) == large));
  CHECK(near.stop().code == 0);
}

TEST_CASE("a stream goes into datagrams over TLS") {
  const Secured secured;
  UdpServer far = server(secured, {"--echo"});
  Listener near({"-k", "--to", far.address, "--to-tls", "--to-ca", secured.authority.file()});
  sock::Socket peer = client_of(near);
  CHECK(answer_to(peer, "hello") == "hello");
  const std::string much(100'000, 'x');
  CHECK((answer_to(peer, much).size() == much.size()));
}

TEST_CASE("events of DTLS sessions are those of any") {
  const Secured secured;
  const support::TempDir dir;
  UdpServer listener = server(secured, {"--echo", "--events", dir / "log", "--deny", "127.0.0.2"});
  check_answer(secured, listener.address, "hello", "hello");
  const Outcome kept_out = support::run(client(secured, listener.address, Input::bytes("x"),
                                               {"--source", "127.0.0.2:0", "--timeout", "1s"}));
  CHECK(kept_out.code == 5);
  const Outcome distrusting = run_sock({"connect", "--tls", listener.address}, Input::bytes("x"));
  CHECK(distrusting.code == 6);
  wait_until([&] {
    const std::string log = support::read_file(dir / "log");
    return log.find("\"handshake\"") != std::string::npos;
  });
  listener.stop();
  std::vector<std::string> names;
  for (const json& event : events_in(support::read_file(dir / "log")))
    names.push_back(event["event"]);
  CHECK(std::count(names.begin(), names.end(), "accepted") == 2);
  CHECK(std::count(names.begin(), names.end(), "secured") == 1);
  CHECK(std::count(names.begin(), names.end(), "closed") == 2);
  CHECK(std::count(names.begin(), names.end(), "denied") >= 1);
}

TEST_CASE("a client's certificate is asked for over DTLS, too") {
  Secured secured;
  const support::Certificate of_client =
      secured.authority.issue("client", {.names = "DNS:client", .usage = "clientAuth"});
  UdpServer listener = server(secured, {"--echo", "--client-ca", secured.authority.file()});
  const Outcome nobody = support::run(
      client(secured, listener.address, Input::bytes("x"), {"--replies", "1", "--linger", "10s"}));
  CHECK(nobody.code == 6);
  const Outcome known =
      support::run(client(secured, listener.address, Input::bytes("x"),
                          {"--replies", "1", "--cert", of_client.file, "--key", of_client.key}));
  INFO(known.err);
  CHECK(known.code == 0);
  CHECK(known.out == "x");
  CHECK(listener.stop().code == 0);
}

TEST_CASE("--max-total and a mode without --keep-open end the run") {
  const Secured secured;
  UdpServer two = server(secured, {"--echo", "--max-total", "2"});
  check_answer(secured, two.address, "one", "one");
  check_answer(secured, two.address, "two", "two");
  CHECK(two.process.wait().code == 0);
  Listener one(joined(secured.options(), {"-u", "--echo"}));
  check_answer(secured, one.address, "hello", "hello");
  CHECK(one.wait().code == 0);
}

TEST_CASE("several threads serve DTLS") {
  const Secured secured;
  UdpServer listener = server(secured, {"--echo", "--workers", "3"});
  for (int i = 0; i < 6; ++i) check_answer(secured, listener.address, "hello", "hello");
  CHECK(listener.stop().code == 0);
}

TEST_CASE("one DTLS peer and a command, on either side") {
  const Secured secured;
  {
    Listener listener(joined(secured.options(), {"-u"}), {}, {}, {"--", "sh", "-c", "cat; exit 7"});
    check_answer(secured, listener.address, "hello", "hello");
    CHECK(listener.wait().code == 7);
  }
  UdpServer far = server(secured, {"--echo"});
  const Outcome outcome =
      run_sock({"connect", "--tls", "--ca", secured.authority.file(), far.address, "--", "sh", "-c",
                "echo $SOCK_PEER; head -n 1 >&2; exit 5"});
  CHECK(outcome.code == 5);
  CHECK(outcome.err == far.address + "\n");
}

TEST_CASE("openssl s_client and socat are served over DTLS") {
  const Secured secured;
  UdpServer listener = server(secured, {"--echo", "-v"});
  const std::string port = std::to_string(listener.port());
  Process openssl(
      program({"openssl", "s_client", "-dtls1_2", "-quiet", "-connect", "127.0.0.1:" + port},
              Input::open()));
  openssl.write("from openssl\n");
  openssl.wait_for_output("from openssl\n");
  if (is_missing("socat")) return;
  Process socat(program(
      {"socat", "-",
       "OPENSSL-DTLS-CLIENT:localhost:" + port + ",pf=ip4,cafile=" + secured.authority.file()},
      Input::open()));
  socat.write("from socat\n");
  socat.wait_for_output("from socat\n");
  openssl.write("again\n");
  openssl.wait_for_output("again\n");
  CHECK(listener.stop().code == 0);
}

TEST_CASE("streams and datagrams are not spoken TLS with by one listener") {
  for (const Words& words :
       {Words{"listen", "-k", "--tls", "--self-signed", "127.0.0.1:0", "udp:127.0.0.1:0", "--echo"},
        Words{"listen", "-k", "--tls", "--self-signed", "udp:127.0.0.1:0", "--chat"},
        Words{"listen", "-k", "--tls", "--self-signed", "udp:127.0.0.1:0", "--to",
              "tls:127.0.0.1:1"},
        Words{"connect", "-z", "--tls", "127.0.0.1:1", "udp:127.0.0.1:1"}}) {
    const Outcome outcome = run_sock(words);
    INFO(outcome.err);
    CHECK(outcome.code == 2);
  }
}
