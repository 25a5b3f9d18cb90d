// TLS with who is forwarded to, and with who is probed.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/tls.hpp"
#include "support/peer.hpp"

using namespace cli;
using support::Certificate;
using support::Peer;
using support::Steps;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("plain connections are forwarded to TLS, and each end is told of the other's") {
  Secured secured;
  const Certificate mine = secured.authority.issue("me", {.names = "", .usage = "clientAuth"});
  Listener server(secured.options({"--client-ca", secured.authority.file(), "-v"}),
                  Input::bytes("answer"));
  Listener forward({"-k", "-v", "--to", "tls:" + server.address, "--to-ca",
                    secured.authority.file(), "--to-cert", mine.file, "--to-key", mine.key});
  const Outcome client = run_sock({"connect", forward.address}, Input::bytes("question"));
  CHECK(client.err == "");
  CHECK(client.code == 0);
  CHECK(client.out == "answer");
  const Outcome served = server.wait();
  CHECK(served.code == 0);
  CHECK(served.out == "question");
  CHECK(has(served.err, "certificate for CN=me, 29 days left"));
  forward.process.wait_for_error("TLS with 127.0.0.1:[0-9]+ in .*certificate for localhost");
}

TEST_CASE("who is forwarded to has to be right, or the connection ends and the reason is said") {
  const Secured secured;
  Listener server(secured.options());
  Listener forward({"--to", "tls:" + server.address});
  const Outcome client = run_sock({"connect", forward.address});
  CHECK(client.out == "");
  const Outcome forwarded = forward.wait();
  CHECK(forwarded.code != 0);
  for (const char* part : {"verify the certificate of 127.0.0.1:", "it is for: localhost",
                           "--to-ca PATH", "--to-pin sha256:"}) {
    INFO(part);
    CHECK(has(forwarded.err, part));
  }
  CHECK(server.wait().code == 6);
}

TEST_CASE("options about whom is forwarded to need TLS with it") {
  CHECK(run_sock({"listen", "-k", "-p", "0", "--to", "127.0.0.1:1", "--to-insecure"}).code == 2);
  CHECK(run_sock({"listen", "-k", "-p", "0", "--to-tls", "--echo"}).code == 2);
  CHECK(run_sock({"listen", "-k", "-u", "-p", "0", "--to", "tls:127.0.0.1:1"}).code == 2);
}

TEST_CASE("a probe is open when the handshake is done and the certificate accepted") {
  const Secured secured;
  Listener server(secured.options());
  const auto plain = Peer::server({Steps::write("220 mail.example ESMTP\r\n"), Steps::stall()});
  const support::ClosedPort closed;
  const Outcome outcome =
      run_sock({"connect", "-z", "--json", "--ca", secured.authority.file(),
                "tls:" + server.address, "tls:" + closed.address(), plain->address()});
  CHECK(outcome.code == 4);
  CHECK(server.wait().code == 0);
  plain->proceed();
  plain->finish();
  std::map<std::string, nlohmann::json> found;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    const auto one = nlohmann::json::parse(line);
    found[one["target"].get<std::string>()] = one;
  }
  CHECK(found["tls:" + server.address]["state"] == "open");
  CHECK(found["tls:" + server.address]["tls"] == "TLSv1.3, 29 days left");
  CHECK(found["tls:" + closed.address()]["state"] == "closed");
  CHECK(found[plain->address()]["state"] == "open");
}

TEST_CASE("a probe names what is wrong with TLS, and does not try it again") {
  const Secured secured;
  {
    Listener server(secured.options());
    const Outcome outcome = run_sock({"connect", "-z", "--wait", "20s", "--tls", server.address});
    CHECK(outcome.code == 6);
    CHECK(has(outcome.out, " insecure "));
    CHECK(has(outcome.out, "certificate not accepted: unable to get local issuer certificate"));
    CHECK(server.wait().code == 6);
  }
  const auto plain = Peer::server({Steps::write("220 mail.example ESMTP\r\n"), Steps::stall()});
  const Outcome refused = run_sock({"connect", "-z", "--wait", "20s", "tls:" + plain->address()});
  CHECK(refused.code == 6);
  CHECK(has(refused.out, "TLS handshake: wrong version number"));
  plain->proceed();
  plain->finish();

  const auto silent = Peer::server({Steps::stall()});
  const Outcome waited =
      run_sock({"connect", "-z", "--timeout", "300ms", "tls:" + silent->address()});
  CHECK(waited.code == 5);
  CHECK(has(waited.out, " filtered "));
  CHECK(has(waited.out, "TLS handshake: timed out"));
  silent->proceed();
  silent->finish();
}

TEST_CASE("a connection that ends before TLS is agreed on is tried again") {
  const Secured secured;
  auto gone = Peer::server({Steps::read(1), Steps::close()});
  const std::string address = gone->address();
  Process probe(sock_with(
      {"connect", "-z", "--wait", "20s", "--ca", secured.authority.file(), "tls:" + address}));
  gone->finish();
  gone.reset();
  auto words = secured.options({address});
  words.insert(words.begin(), "listen");
  Process server(sock_with(words));
  const Outcome outcome = probe.wait();
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, " open "));
  CHECK(server.wait().code == 0);
}

TEST_CASE("--wait does not try again what verification has refused") {
  const Secured secured;
  Listener server(secured.options());
  const Outcome outcome = run_sock({"connect", "--wait", "20s", "tls:" + server.address});
  CHECK(outcome.code == 6);
  CHECK(server.wait().code == 6);
}
