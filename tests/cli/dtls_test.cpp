// TLS over datagrams (DTLS), among ourselves and with the programs that speak it.
#include <array>
#include <cstdio>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "cli/tls.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;

namespace {

using Words = std::vector<std::string>;

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Listener udp_listener(const Secured& secured, const Words& more = {}, Input input = {}) {
  return Listener(joined(secured.options({"-u"}), more), std::move(input));
}

Words client_of(const Secured& secured, const std::string& address, const Words& more = {}) {
  return joined({"connect", "--tls", "--ca", secured.authority.file(), address}, more);
}

Program program(Words words, Input input) {
  Program program;
  program.argv = std::move(words);
  program.input = std::move(input);
  return program;
}

// A port of UDP that was free a moment ago.
// As the tables of the kernel have it: ":1F90 " and no peer.
std::string in_tables(const std::string& port) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), ":%04X ", static_cast<unsigned>(std::stoul(port)));
  return text.data();
}

// What comes from then on waits in the socket.
void wait_until_bound(const std::string& port) {
  const std::string suffix = in_tables(port);
  wait_until([&] {
    for (const char* table : {"/proc/net/udp", "/proc/net/udp6"})
      if (support::read_file(table).find(suffix) != std::string::npos) return true;
    return false;
  });
}

std::string free_port() { return std::to_string(support::ClosedPort().port()); }

}  // namespace

TEST_CASE("a question and its answer, and both sides end well") {
  const Secured secured;
  Listener listener = udp_listener(secured, {}, Input::open());
  Process asking(sock_with(client_of(secured, listener.address, {"--replies", "1", "-v"}),
                           Input::bytes("question")));
  listener.process.wait_for_output("question");
  listener.process.write("answer");
  const Outcome client = asking.wait();
  listener.process.close_input();
  INFO(client.err);
  CHECK(client.code == 0);
  CHECK(client.out == "answer");
  CHECK(client.err.find("DTLSv1.2, ") != std::string::npos);
  const Outcome server = listener.wait();
  CHECK(server.err.find("sock: ") == server.err.rfind("sock: "));  // where it listens
  CHECK(server.code == 0);
  CHECK(server.out == "question");
}

TEST_CASE("each datagram stays one") {
  const Secured secured;
  Listener listener = udp_listener(secured, {"--recv-only", "--framing", "length"});
  const Outcome client = run_sock(client_of(secured, listener.address, {"--framing", "line"}),
                                  Input::bytes("a\nbcd\n"));
  CHECK(client.err == "");
  CHECK(client.code == 0);
  CHECK(listener.wait().out == std::string("\0\1a\0\3bcd", 8));
}

TEST_CASE("a datagram that is too large for DTLS is an error") {
  const Secured secured;
  Listener listener = udp_listener(secured, {"--recv-only"});
  const Outcome client =
      run_sock(client_of(secured, listener.address, {"--framing", "chunk=20000"}),
               Input::bytes(std::string(20'000, 'x')));
  CHECK(client.code == 1);
  CHECK(client.err.find("too l") != std::string::npos);
}

TEST_CASE("a certificate that is not accepted, a peer that is not there, and a silent one") {
  const Secured secured;
  {
    Listener listener = udp_listener(secured);
    const Outcome client = run_sock({"connect", "--tls", listener.address}, Input::bytes("x"));
    CHECK(client.code == 6);
    CHECK(client.err.find("verify the certificate of udp:127.0.0.1:") != std::string::npos);
    CHECK(listener.wait().code == 6);
  }
  const Outcome refused =
      run_sock({"connect", "--tls", "--insecure", "udp:127.0.0.1:" + free_port()});
  CHECK(refused.code == 4);
  const Listener silent({"-u", "--recv-only"});
  const Outcome waited =
      run_sock({"connect", "--tls", "--insecure", "--timeout", "300ms", silent.address});
  CHECK(waited.code == 5);
}

TEST_CASE("what cannot be is refused before anything is sent") {
  for (const Words& words : {Words{"listen", "-u", "-p", "0", "--tls"},
                             Words{"listen", "-k", "-u", "-p", "0", "--to", "tls:127.0.0.1:1"},
                             Words{"connect", "-u", "--tls", "--tls-min", "1.3", "127.0.0.1:1"}}) {
    const Outcome outcome = run_sock(words);
    INFO(outcome.err);
    CHECK(outcome.code == 2);
  }
}

TEST_CASE("--wait tries again while a server is not there, also in the handshake") {
  const Secured secured;
  const std::string port = free_port();
  Process asking(sock_with(
      client_of(secured, "udp:127.0.0.1:" + port, {"--wait", "20s", "--replies", "1", "-v"}),
      Input::bytes("hello")));
  asking.wait_for_error("trying again");
  Process server(
      sock_with(joined({"listen", "udp:127.0.0.1:" + port, "--echo"}, secured.options())));
  const Outcome client = asking.wait();
  INFO(client.err);
  CHECK(client.code == 0);
  CHECK(client.out == "hello");
  CHECK(server.wait().code == 0);
}

TEST_CASE("--wait does not try again with a certificate that is not accepted") {
  const Secured secured;
  Listener listener = udp_listener(secured);
  const Outcome client =
      run_sock({"connect", "--tls", "--wait", "15s", listener.address}, Input::bytes("x"));
  CHECK(client.code == 6);
  CHECK(client.took < std::chrono::seconds(10));
}

TEST_CASE("a probe is answered by the handshake") {
  const Secured secured;
  Listener listener = udp_listener(secured, {"-k", "--echo"});
  const auto probe = [&](const std::string& target, const Words& more) {
    return run_sock(joined({"connect", "-z", "--tls", target}, more));
  };
  const Outcome open = probe(listener.address, {"--ca", secured.authority.file()});
  CHECK(open.code == 0);
  CHECK(open.out.find(" open ") != std::string::npos);
  CHECK(open.out.find("DTLSv1.2") != std::string::npos);
  const Outcome distrusted = probe(listener.address, {});
  CHECK(distrusted.code == 6);
  const Outcome closed = probe("udp:127.0.0.1:" + free_port(), {"--insecure"});
  CHECK(closed.code == 4);
  const Listener silent({"-u", "--recv-only"});
  const Outcome filtered = probe(silent.address, {"--insecure", "--timeout", "500ms"});
  CHECK(filtered.code == 5);
  CHECK(filtered.out.find("filtered") != std::string::npos);
}

TEST_CASE("openssl s_server and s_client speak it") {
  const Secured secured;
  const std::string port = free_port();
  Process server(program({"openssl", "s_server", "-dtls1_2", "-quiet", "-4", "-accept", port,
                          "-cert", secured.certificate.file, "-key", secured.certificate.key},
                         Input::open()));
  wait_until_bound(port);
  const Outcome sent = run_sock(client_of(secured, "udp:127.0.0.1:" + port, {"--timeout", "20s"}),
                                Input::bytes("to the server\n"));
  CHECK(sent.err == "");
  CHECK(sent.code == 0);
  server.wait_for_output("to the server\n");

  Listener listener = udp_listener(secured, {}, Input::open());
  Process client(program({"openssl", "s_client", "-dtls1_2", "-quiet", "-no_ign_eof", "-connect",
                          "127.0.0.1:" + std::to_string(listener.port())},
                         Input::open()));
  client.write("to the listener\n");
  listener.process.wait_for_output("to the listener\n");
  listener.process.write("to the client\n");
  client.wait_for_output("to the client\n");
  client.close_input();
  listener.process.close_input();
  CHECK(listener.wait().code == 0);
}

TEST_CASE("socat speaks it") {
  if (is_missing("socat")) return;
  const Secured secured;
  const std::string port = free_port();
  Process server(program({"socat", "-u",
                          "OPENSSL-DTLS-SERVER:" + port + ",verify=0,cert=" +
                              secured.certificate.file + ",key=" + secured.certificate.key,
                          "-"},
                         Input::null()));
  wait_until_bound(port);
  const Outcome sent = run_sock(client_of(secured, "udp:127.0.0.1:" + port, {"--timeout", "20s"}),
                                Input::bytes("to the server\n"));
  CHECK(sent.err == "");
  CHECK(sent.code == 0);
  server.wait_for_output("to the server\n");

  Listener listener = udp_listener(secured, {"--recv-only"});
  Process client(program({"socat", "-u", "-",
                          "OPENSSL-DTLS-CLIENT:localhost:" + std::to_string(listener.port()) +
                              ",pf=ip4,cafile=" + secured.authority.file()},
                         Input::bytes("to the listener\n")));
  listener.process.wait_for_output("to the listener\n");
  CHECK(listener.wait().code == 0);
}
