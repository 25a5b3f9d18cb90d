// Of many streams none loses its end, whoever takes them.
#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "cli/tls.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;

namespace {

constexpr auto limit = std::chrono::minutes(5);

// A thousand, or what SOCK_TEST_STREAMS says; less where each process takes so much longer.
int streams() {
  if (const char* wanted = std::getenv("SOCK_TEST_STREAMS")) return std::atoi(wanted);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 40;
#elif defined(__has_feature)
  return __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ? 40 : 1000;
#else
  return 1000;
#endif
}

// More than a record, and no whole number of them.
struct Stream {
  Stream() {
    support::write_random(path, 100'003);
    bytes = support::read_file(path);
  }
  support::TempDir dir;
  std::filesystem::path path = dir / "in";
  std::string bytes;
};

// Sends them all, one after the other, to a server that appends what comes to one file.
void check_server(const char* program, std::vector<std::string> words, const Secured& secured,
                  const std::vector<std::string>& options = {}) {
  if (is_missing(program)) return;
  const Stream stream;
  const auto all = stream.dir / "out";
  const std::string port = std::to_string(support::ClosedPort().port());
  for (std::string& word : words)
    if (word == "PORT") word = port;
  words.insert(words.begin(), program);
  Program server;
  server.argv = words;
  server.input = Input::open();
  server.output = Output::file(all);
  server.deadline = limit;
  const Process process(std::move(server));
  std::vector<std::string> client{"connect", "--ca", secured.authority.file(),
                                  "--wait",  "10s",  "tls:localhost:" + port};
  client.insert(client.end(), options.begin(), options.end());
  for (int i = 1; i <= streams(); ++i) {
    const Outcome sent =
        run_sock(client, i % 2 == 0 ? Input::pipe_from(stream.path) : Input::file(stream.path));
    REQUIRE(sent.err == "");
    REQUIRE(sent.code == 0);
    wait_until([&] {
      return std::filesystem::file_size(all) >= static_cast<std::size_t>(i) * stream.bytes.size();
    });
  }
  const std::string got = support::read_file(all);
  REQUIRE(got.size() == static_cast<std::size_t>(streams()) * stream.bytes.size());
  for (std::size_t at = 0; at < got.size(); at += stream.bytes.size())
    REQUIRE((got.compare(at, stream.bytes.size(), stream.bytes) == 0));
}

}  // namespace

TEST_CASE("openssl s_server gets every stream whole") {
  const Secured secured;
  check_server("openssl",
               {"s_server", "-quiet", "-4", "-accept", "PORT", "-cert", secured.certificate.file,
                "-key", secured.certificate.key},
               secured);
}

TEST_CASE("ncat --ssl gets every stream whole") {
  const Secured secured;
  check_server("ncat",
               {"--ssl", "--ssl-cert", secured.certificate.file, "--ssl-key",
                secured.certificate.key, "--recv-only", "-l", "-k", "127.0.0.1", "PORT"},
               secured, {"--send-only"});  // now and then it ends without close_notify
}

TEST_CASE("a listener of our own gets every stream whole, however the client ends") {
  const Secured secured;
  const Stream stream;
  for (int i = 0; i < streams(); ++i) {
    const bool send_only = i % 2 == 0;
    Listener listener(secured.options({"--recv-only"}));
    const Outcome sent =
        run_sock(secured.connect(listener, send_only ? std::vector<std::string>{"--send-only"}
                                                     : std::vector<std::string>{}),
                 Input::pipe_from(stream.path));
    REQUIRE(sent.err == "");
    REQUIRE(sent.code == 0);
    const Outcome received = listener.wait();
    REQUIRE(received.code == 0);
    REQUIRE((received.out == stream.bytes));
  }
}
