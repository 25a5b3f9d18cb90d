// TLS 1.2 that the kernel encrypts, in a guest whose kernel can (tests/guest).
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "cli/tls.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;

namespace {

using Words = std::vector<std::string>;
constexpr auto limit = std::chrono::minutes(2);

bool kernel_can() {
  static const bool can = [] {
    sock::Socket listener = sock::create_server("127.0.0.1", 0);
    const sock::Socket client = sock::create_connection("127.0.0.1", listener.getsockname().port());
    return ::setsockopt(client.fileno(), SOL_TCP, TCP_ULP, "tls", sizeof "tls") == 0;
  }();
  if (!can) MESSAGE("skipped: this kernel has no TLS");
  return can;
}

// What two of our own speak, which would take TLS 1.3 from each other: OpenSSL does as this says.
struct OnlyTls12 {
  OnlyTls12() {
    support::write_file(path,
                        "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\n"
                        "system_default = limits\n[limits]\nMaxProtocol = TLSv1.2\n");
  }
  Program apply(Program program) const {
    program.environment.emplace_back("OPENSSL_CONF", path.string());
    return with_deadline(std::move(program), limit);
  }
  support::TempDir dir;
  std::filesystem::path path = dir / "openssl.cnf";
};

// Bytes, no whole number of records.
struct File {
  explicit File(std::size_t size) {
    support::write_random(path, size);
    bytes = support::read_file(path);
  }
  support::TempDir dir;
  std::filesystem::path path = dir / "in";
  std::string bytes;
};

// `sock` with a file of its events.
struct Watched {
  support::TempDir dir;
  std::filesystem::path events = dir / "events";
  Words words(Words all) const {
    all.insert(all.begin() + 1, {"--events", events.string()});
    return all;
  }
  // Of each connection: what the kernel encrypts.
  int times(const std::string& kernel) const {
    const std::string all = support::read_file(events);
    const std::string field = "\"kernel\":\"" + kernel + "\"";
    int n = 0;
    for (std::size_t at = 0; (at = all.find(field, at)) != std::string::npos; ++at) ++n;
    return n;
  }
};

Program openssl(Words words, Input input) {
  words.insert(words.begin(), "openssl");
  Program program;
  program.argv = std::move(words);
  program.input = std::move(input);
  program.deadline = limit;
  return program;
}

Listener listener(const OnlyTls12& version, const Words& options, Input input = Input::null()) {
  return Listener(version.apply(Listener::program(options, std::move(input))));
}

Outcome run(const OnlyTls12& version, Words words, Input input) {
  return support::run(version.apply(sock_with(std::move(words), std::move(input))));
}

}  // namespace

TEST_SUITE_BEGIN("kernel_tls");

TEST_CASE("openssl s_server gets every byte of a file and of a pipe, with each cipher") {
  if (!kernel_can()) return;
  const Secured secured;
  const File file(3'000'001);
  for (const char* cipher : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"}) {
    for (const bool pipe : {false, true}) {
      INFO(std::string(cipher));
      const std::string port = std::to_string(support::ClosedPort().port());
      Process server(openssl(
          {"s_server", "-quiet", "-tls1_2", "-cipher", cipher, "-naccept", "1", "-accept",
           "127.0.0.1:" + port, "-cert", secured.certificate.file, "-key", secured.certificate.key},
          Input::open()));
      const Watched watched;
      const Outcome sent = support::run(with_deadline(
          sock_with(watched.words({"connect", "--wait", "20s", "--send-only", "--ca",
                                   secured.authority.file(), "tls:localhost:" + port}),
                    pipe ? Input::pipe_from(file.path) : Input::file(file.path)),
          limit));
      CHECK(sent.err == "");
      CHECK(sent.code == 0);
      CHECK(watched.times("out") == 1);
      CHECK((server.wait().out == file.bytes));
    }
  }
}

TEST_CASE("two of our own exchange both their inputs, and each end leaves the other open") {
  if (!kernel_can()) return;
  const Secured secured;
  const OnlyTls12 version;
  const File question(2'000'003), answer(3'000'001);
  for (const bool pipe : {false, true}) {
    const auto input = [pipe](const File& file) {
      return pipe ? Input::pipe_from(file.path) : Input::file(file.path);
    };
    const Watched listens, connects;
    Words options = listens.words({"listen"});
    options.erase(options.begin());
    Listener server = listener(version, secured.options(options), input(answer));
    const Outcome client = run(version, connects.words(secured.connect(server)), input(question));
    CHECK(client.err == "");
    CHECK(client.code == 0);
    CHECK((client.out == answer.bytes));
    const Outcome served = server.wait();
    CHECK(served.code == 0);
    CHECK((served.out == question.bytes));
    CHECK(listens.times("out") == 1);
    CHECK(connects.times("out") == 1);
  }
}

// Whatever there is in the buffers, of TCP and of the kernel's TLS, when the last byte is written.
TEST_CASE("a peer that reads slowly gets the end, too") {
  if (!kernel_can()) return;
  const Secured secured;
  const OnlyTls12 version;
  for (std::size_t size = 64'000; size <= 184'000; size += 8'000) {
    INFO(size);
    const File file(size);
    const Watched watched;
    Listener server = listener(version, secured.options({"--recv-only", "--limit-rate", "400k/s",
                                                         "--option", "SO_RCVBUF=16k"}));
    const Outcome sent =
        run(version,
            watched.words(secured.connect(server, {"--option", "SO_SNDBUF=40k", "--send-only"})),
            size % 3 == 0 ? Input::pipe_from(file.path) : Input::file(file.path));
    CHECK(sent.err == "");
    CHECK(sent.code == 0);
    CHECK(watched.times("out") == 1);
    const Outcome received = server.wait();
    CHECK(received.code == 0);
    CHECK((received.out == file.bytes));
  }
}

TEST_CASE("a listener that echoes many is a peer like any other") {
  if (!kernel_can()) return;
  const Secured secured;
  const OnlyTls12 version;
  const File file(500'001);
  const Watched watched;
  Words options = watched.words({"listen", "-k", "--echo"});
  options.erase(options.begin());
  Listener server = listener(version, secured.options(options));
  for (int i = 1; i <= 3; ++i) {
    const Outcome client = run(version, secured.connect(server), Input::pipe_from(file.path));
    CHECK(client.err == "");
    CHECK(client.code == 0);
    CHECK((client.out == file.bytes));
    CHECK(watched.times("out") == i);
  }
}

TEST_CASE("what is forwarded to TLS arrives, to the last byte, and so does the answer") {
  if (!kernel_can()) return;
  const Secured secured;
  const OnlyTls12 version;
  const File question(2'000'003), answer(1'000'001);
  Listener server = listener(version, secured.options(), Input::file(answer.path));
  const Watched watched;
  Words options =
      watched.words({"listen", "-k", "--to", "tls:localhost:" + std::to_string(server.port()),
                     "--to-ca", secured.authority.file()});
  options.erase(options.begin());
  Listener forwarder = listener(version, options);
  const Outcome client = support::run(
      with_deadline(sock_with({"connect", forwarder.address}, Input::file(question.path)), limit));
  CHECK(client.err == "");
  CHECK(client.code == 0);
  CHECK((client.out == answer.bytes));
  CHECK((server.wait().out == question.bytes));
  CHECK(watched.times("out") == 1);
}

TEST_CASE("a peer that goes away in the middle is told") {
  if (!kernel_can()) return;
  const Secured secured;
  const OnlyTls12 version;
  Listener server = listener(version, secured.options(), Input::open());
  const Watched watched;
  Process client(version.apply(sock_with(watched.words(secured.connect(server)), Input::open())));
  server.process.write("hello");
  client.wait_for_output("hello");
  server.process.signal(SIGKILL);
  const Outcome outcome = client.wait();
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("close_notify") != std::string::npos);
  CHECK(watched.times("out") == 1);
}

TEST_CASE("what OpenSSL has to answer comes from the kernel: nothing is negotiated again") {
  if (!kernel_can()) return;
  const Secured secured;
  const Watched watched;
  Words options = watched.words({"listen"});
  options.erase(options.begin());
  Listener server(secured.options(options), Input::open());
  Process client(openssl(
      {"s_client", "-tls1_2", "-connect", server.address, "-CAfile", secured.authority.file()},
      Input::open()));
  client.wait_for_output("Verify return code: 0");
  client.write("R\n");
  CHECK(client.wait().err.find("no renegotiation") != std::string::npos);
  CHECK(watched.times("out") == 1);
}

TEST_CASE(
    "TLS 1.3, an end that is kept back, and a route through our buffer are not the kernel's") {
  if (!kernel_can()) return;
  const Secured secured;
  const OnlyTls12 version;
  for (const Words& options : {Words{"--no-shutdown", "--until", "out"}, Words{"--route", "buffer"},
                               Words{"--tls-min", "1.3"}}) {
    INFO(options.front());
    const bool newest = options.front() == "--tls-min";
    const Watched watched;
    Listener server = newest ? Listener(secured.options({"--recv-only"}))
                             : listener(version, secured.options({"--recv-only"}));
    const Words words = watched.words(secured.connect(server, options));
    const Outcome sent =
        newest ? run_sock(words, Input::bytes("all")) : run(version, words, Input::bytes("all"));
    CHECK(sent.err == "");
    CHECK(watched.times("") == 1);
    CHECK(server.wait().out == "all");
  }
}

TEST_SUITE_END();
