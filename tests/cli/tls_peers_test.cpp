// TLS with the programs people have at the other end.
#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/certificates.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using support::Authority;
using support::Certificate;

namespace {

using Words = std::vector<std::string>;

Authority& root() {
  static Authority authority;
  return authority;
}
const Certificate& certificate() {
  static const Certificate issued = root().issue("server", {.names = "DNS:localhost,IP:127.0.0.1"});
  return issued;
}

struct Tool {
  const char* program;
  Words (*connect)(const std::string& port);
  Words (*listen)(const std::string& port);
  const char* listens;  // what it says then; null: nothing
};

const Tool tools[] = {
    {"openssl",
     [](const std::string& port) {
       return Words{"s_client", "-quiet",      "-no_ign_eof", "-verify_return_error",
                    "-CAfile",  root().file(), "-connect",    "localhost:" + port};
     },
     [](const std::string& port) {
       return Words{"s_server", "-naccept",         "1",    "-accept",        "127.0.0.1:" + port,
                    "-cert",    certificate().file, "-key", certificate().key};
     },
     "ACCEPT"},
    {"ncat",
     [](const std::string& port) {
       return Words{"--ssl-verify", "--ssl-trustfile", root().file(), "localhost", port};
     },
     [](const std::string& port) {
       return Words{"-v",        "--ssl",           "--ssl-cert", certificate().file,
                    "--ssl-key", certificate().key, "-l",         "127.0.0.1",
                    port};
     },
     "Listening on"},
    {"socat",
     [](const std::string& port) {
       // It keeps its end of input to itself, and closes so long after it.
       return Words{"-t", "1", "-", "OPENSSL:localhost:" + port + ",cafile=" + root().file()};
     },
     [](const std::string& port) {
       return Words{"-d",
                    "-d",
                    "-t",
                    "30",
                    "OPENSSL-LISTEN:" + port + ",bind=127.0.0.1,verify=0,cert=" +
                        certificate().file + ",key=" + certificate().key,
                    "-"};
     },
     "listening on"},
};

Program program(const Tool& tool, Words arguments, Input input) {
  arguments.insert(arguments.begin(), tool.program);
  Program program;
  program.argv = std::move(arguments);
  program.input = std::move(input);
  return program;
}

Listener listener_with_certificate(Words more, Input input) {
  Words options{"--tls", "--cert", certificate().file, "--key", certificate().key};
  options.insert(options.end(), more.begin(), more.end());
  return Listener(options, std::move(input));
}

}  // namespace

TEST_CASE("listen receives from the client of each tool, to the last byte") {
  const std::string all = support::random_bytes(200'000);
  for (const Tool& tool : tools) {
    if (is_missing(tool.program)) continue;
    INFO(std::string(tool.program));
    Listener listener = listener_with_certificate({"--recv-only"}, Input::null());
    support::TempDir dir;
    support::write_file(dir / "in", all);
    (void)support::run(
        program(tool, tool.connect(std::to_string(listener.port())), Input::file(dir / "in")));
    CHECK((listener.wait().out == all));
  }
}

TEST_CASE("listen sends to the client of each tool") {
  for (const Tool& tool : tools) {
    if (is_missing(tool.program)) continue;
    INFO(std::string(tool.program));
    Listener listener = listener_with_certificate({"--send-only"}, Input::bytes("hello"));
    Words words = tool.connect(std::to_string(listener.port()));
    // Else it ends with its own input, not with ours.
    if (std::string_view(tool.program) == "ncat") words.insert(words.begin(), "--recv-only");
    const Outcome outcome = support::run(program(tool, std::move(words), Input::open()));
    CHECK(outcome.out == "hello");
    CHECK(listener.wait().code == 0);
  }
}

TEST_CASE("connect sends to the listener of each tool") {
  for (const Tool& tool : tools) {
    if (is_missing(tool.program)) continue;
    INFO(std::string(tool.program));
    const std::string port = std::to_string(support::ClosedPort().port());
    Process peer(program(tool, tool.listen(port), Input::open()));
    if (std::string_view(tool.listens) == "ACCEPT")
      peer.wait_for_output(tool.listens);
    else
      peer.wait_for_error(tool.listens);
    const Outcome outcome =
        run_sock({"connect", "--ca", root().file(), "--until", "out", "tls:localhost:" + port},
                 Input::bytes("to the last byte\n"));
    CHECK(outcome.err == "");
    CHECK(outcome.code == 0);
    peer.wait_for_output("to the last byte\n");
  }
}

TEST_CASE("curl takes a page from a listener with two certificates, by the name it asks for") {
  if (is_missing("curl")) return;
  Authority authority;
  const Certificate one = authority.issue("one", {.names = "DNS:one.example"});
  const Certificate two = authority.issue("two", {.names = "DNS:two.example"});
  for (const char* name : {"one.example", "two.example"}) {
    Listener listener({"--tls", "--cert", one.file, "--key", one.key, "--cert", two.file, "--key",
                       two.key, "--alpn", "http/1.1", "--no-shutdown"},
                      Input::bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
    const std::string port = std::to_string(listener.port());
    Program curl;
    curl.argv = {"curl",
                 "-sS",
                 "--cacert",
                 authority.file(),
                 "--resolve",
                 std::string(name) + ":" + port + ":127.0.0.1",
                 "https://" + std::string(name) + ":" + port + "/"};
    const Outcome page = support::run(std::move(curl));
    CHECK(page.err == "");
    CHECK(page.out == "hello");
    const Outcome served = listener.wait();
    CHECK(served.out.starts_with("GET / HTTP/1.1\r\n"));
  }
}
