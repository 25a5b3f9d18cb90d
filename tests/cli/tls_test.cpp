// TLS between connect and listen.
#include "cli/tls.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "cli/events.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using support::Certificate;
using support::Peer;
using support::Steps;

namespace {

constexpr auto limit = std::chrono::minutes(1);

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) lines.insert(line);
  return lines;
}

bool maps_openssl(const Process& process) {
  return support::read_file("/proc/" + std::to_string(process.pid()) + "/maps").find("libssl") !=
         std::string::npos;
}

}  // namespace

TEST_CASE("files go both ways at once, each to its end") {
  const Secured secured;
  support::TempDir dir;
  support::write_random(dir / "one", 16 << 20, 1);
  support::write_random(dir / "two", 16 << 20, 2);
  Listener listener(with_deadline(
      Listener::program(secured.options(), Input::file(dir / "two"), Output::file(dir / "a")),
      limit));
  const Outcome sent = support::run(with_deadline(
      sock_with(secured.connect(listener), Input::pipe_from(dir / "one"), Output::file(dir / "b")),
      limit));
  CHECK(sent.err == "");
  CHECK(sent.code == 0);
  CHECK(listener.wait().code == 0);
  CHECK(support::same_bytes(dir / "one", dir / "a"));
  CHECK(support::same_bytes(dir / "two", dir / "b"));
}

TEST_CASE("a late answer is waited for") {
  const Secured secured;
  Listener listener(secured.options(), Input::open());
  Process client(sock_with(secured.connect(listener), Input::bytes("question")));
  listener.process.wait_for_output("question");
  listener.process.write("answer");
  listener.process.close_input();
  CHECK(client.wait().out == "answer");
  CHECK(listener.wait().code == 0);
}

TEST_CASE("with one direction alone both sides end well") {
  const Secured secured;
  struct Row {
    const char* client;
    const char* server;
  };
  for (const Row& row : {Row{"--send-only", "--recv-only"}, Row{"--recv-only", "--send-only"}}) {
    INFO(row.client);
    const bool sends = std::string_view(row.client) == "--send-only";
    const Input text = Input::bytes("one way"), none = Input::null();
    Listener listener(secured.options({row.server}), sends ? none : text);
    const Outcome client = run_sock(secured.connect(listener, {row.client}), sends ? text : none);
    const Outcome server = listener.wait();
    CHECK(client.err == "");
    CHECK(client.code == 0);
    CHECK(server.code == 0);
    CHECK((sends ? server.out : client.out) == "one way");
  }
}

TEST_CASE("a self-signed listener says the pin by which it is known") {
  Listener listener({"--tls", "--self-signed"}, Input::bytes("hello"));
  const std::string pin = listener.process.wait_for_error("--pin (sha256:[0-9a-f]+)");
  const Outcome outcome = run_sock({"connect", "--tls", "--pin", pin, listener.address});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "hello");
  CHECK(listener.wait().code == 0);
}

TEST_CASE("a certificate that is not accepted ends both sides with code 6, and says why") {
  Listener listener({"--tls", "--self-signed"});
  const Outcome client = run_sock({"connect", "tls:" + listener.address});
  CHECK(client.code == 6);
  CHECK(client.out == "");
  for (const char* part :
       {"verify the certificate of 127.0.0.1:", "self-signed certificate", "it is for: localhost",
        "valid: from ", "fingerprint: sha256:", "--ca PATH", "--pin sha256:"}) {
    INFO(part);
    CHECK(client.err.find(part) != std::string::npos);
  }
  const Outcome server = listener.wait();
  CHECK(server.code == 6);
  CHECK(server.err.find("alert unknown ca") != std::string::npos);
}

TEST_CASE("a server that wants a certificate tells who has none, and lets in who has") {
  Secured secured;
  const Certificate mine = secured.authority.issue("me", {.names = "", .usage = "clientAuth"});
  const auto options = secured.options({"--client-ca", secured.authority.file()});
  {
    Listener listener(options);
    const Outcome outcome = run_sock(secured.connect(listener));
    CHECK(outcome.code == 6);
    CHECK(outcome.err.find("see --cert") != std::string::npos);
    CHECK(listener.wait().code == 6);
  }
  Listener listener(options, Input::bytes("welcome"));
  const Outcome outcome =
      run_sock(secured.connect(listener, {"--cert", mine.file, "--key", mine.key}));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "welcome");
}

TEST_CASE("commands at both ends have a socket, and end as they please") {
  const Secured secured;
  Listener listener(secured.options(), Input::null(), Output::captured(),
                    {"--", "sh", "-c", "test -S /dev/stdin && read line && echo \"$line\""});
  const Outcome outcome =
      run_sock(secured.connect(listener, {"--", "sh", "-c",
                                          "echo \"$SOCK_PEER\"; read answer; test \"$answer\" = "
                                          "127.0.0.1:" +
                                              std::to_string(listener.port()) + "; exit 3"}));
  CHECK(outcome.code == 3);
  listener.wait();
}

TEST_CASE("whoever speaks plain text to TLS is told, and gets the answer as it is") {
  const std::string alert("\x15\3\1\0\2\2\x46", 7);
  const auto answer_to = [&](std::string_view said, std::vector<std::string> options) {
    const auto peer =
        Peer::server({Steps::read(said.size()), Steps::write(alert), Steps::half_close()});
    options.insert(options.begin(), "connect");
    options.push_back(peer->address());
    Outcome outcome = run_sock(std::move(options), Input::bytes(std::string(said)));
    CHECK(outcome.code == 0);
    CHECK(outcome.out == alert);
    return outcome.err;
  };
  CHECK(answer_to("GET / HTTP/1.0\r\n\r\n", {}).ends_with("perhaps --tls is missing\n"));
  CHECK(answer_to("GET / HTTP/1.0\r\n\r\n", {"-q"}) == "");
  CHECK(answer_to("\x16\3\1", {}) == "");
}

TEST_CASE("a peer that is silent or does not speak TLS") {
  auto silent = Peer::server({Steps::stall(), Steps::close()});
  const Outcome waited = run_sock({"connect", "--timeout", "300ms", "tls:" + silent->address()});
  CHECK(waited.code == 5);
  CHECK(waited.err.find("TLS handshake with 127.0.0.1:") != std::string::npos);
  silent->proceed();
  silent->finish();

  auto plain = Peer::server({Steps::write("220 mail.example ESMTP\r\n"), Steps::read_to_end()});
  const Outcome refused = run_sock({"connect", "tls:" + plain->address()});
  CHECK(refused.code == 6);
  CHECK(refused.err.find("the peer does not speak TLS") != std::string::npos);
  plain->finish();
}

TEST_CASE("OpenSSL is mapped with TLS, and without it not") {
  const Secured secured;
  for (const bool tls : {true, false}) {
    const Listener listener(tls ? secured.options() : std::vector<std::string>{});
    CHECK(maps_openssl(listener.process) == tls);
  }
}

TEST_CASE("session keys go where SSLKEYLOGFILE says, and -v tells of the session") {
  const Secured secured;
  support::TempDir dir;
  Program server = Listener::program(secured.options());
  server.environment = {{"SSLKEYLOGFILE", (dir / "server keys").string()}};
  Listener listener(std::move(server));
  Program client = sock_with(secured.connect(listener, {"-v", "--tls-min", "1.3"}));
  client.environment = {{"SSLKEYLOGFILE", (dir / "keys").string()}};
  const Outcome outcome = support::run(std::move(client));
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("TLSv1.3, TLS_") != std::string::npos);
  CHECK(outcome.err.find("certificate for localhost, 127.0.0.1, 29 days left") !=
        std::string::npos);
  CHECK(listener.wait().code == 0);
  const auto keys = lines_of(support::read_file(dir / "keys"));
  CHECK(keys.size() == 5);
  CHECK(std::any_of(keys.begin(), keys.end(), [](const std::string& line) {
    return line.starts_with("CLIENT_TRAFFIC_SECRET_0 ");
  }));
  CHECK(keys == lines_of(support::read_file(dir / "server keys")));
}

TEST_CASE("both sides tell what was agreed on, between the connection and its first byte") {
  Secured secured;
  const Certificate mine = secured.authority.issue("me", {.names = "", .usage = "clientAuth"});
  support::TempDir dir;
  const auto events_of = [](const std::string& text) {
    const auto events = events_in(text);
    nlohmann::json found;
    for (const auto& event : events)
      if (event["event"] == "secured") found = event;
    return std::pair(names_of(events), found);
  };
  Listener listener(secured.options({"--client-ca", secured.authority.file(), "--alpn", "h2",
                                     "--events", (dir / "events").string()}),
                    Input::bytes("hello"));
  const Outcome outcome = run_sock(
      secured.connect(listener, {"--json", "--alpn", "h2", "--cert", mine.file, "--key", mine.key}),
      Input::bytes("hello"));
  REQUIRE(outcome.code == 0);
  REQUIRE(listener.wait().code == 0);

  const auto [client_events, client] = events_of(outcome.err);
  CHECK(client_events.starts_with("attempt connected secured "));
  CHECK(client["peer"] == listener.address);
  CHECK(client["version"] == "TLSv1.3");
  CHECK(client["alpn"] == "h2");
  CHECK(client["names"] == nlohmann::json({"localhost", "127.0.0.1"}));
  CHECK(client["fingerprint"].get<std::string>().starts_with("sha256:"));
  CHECK(client["days_left"] == 29);
  CHECK(client["took"] > 0);

  const auto [server_events, server] = events_of(support::read_file(dir / "events"));
  CHECK(server_events.starts_with("listening accepted secured "));
  CHECK(server["subject"] == "CN=me");
  CHECK(server["names"] == nlohmann::json::array());
  CHECK(server["cipher"] == client["cipher"]);
}

TEST_CASE("a file that cannot be used is told of before anything is connected to") {
  const Outcome outcome = run_sock({"connect", "--ca", "/no/such.pem", "tls:127.0.0.1:1"});
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("read /no/such.pem: No such file or directory") != std::string::npos);
}
