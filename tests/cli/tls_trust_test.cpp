// Which servers are accepted: by sock, and by the programs that people have otherwise.
#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/certificates.hpp"

using namespace cli;
using support::Authority;
using support::Certificate;

namespace {

using Words = std::vector<std::string>;

struct Row {
  const char* what;
  Words shown;              // what the listener is told about its certificate
  const char* name;         // whom we mean to talk to
  const char* reason = "";  // why not; "": accepted
  const char* option = "";  // that would accept it
};

// Where the server listens, whom it has to be, and whom to trust.
struct Target {
  std::string port, name, trusted;
};

// Each as it comes, but for the file of certificates to trust.
struct Client {
  const char* program;
  Words (*words)(const Target&);
};

const Client clients[] = {
    {"sock",
     [](const Target& to) {
       return Words{SOCK_PROGRAM,    "connect", "--ca",  to.trusted,
                    "--server-name", to.name,   "--tls", "127.0.0.1:" + to.port};
     }},
    {"curl",
     [](const Target& to) {
       const std::string there = to.name + ":" + to.port;
       return Words{"curl",
                    "-s",
                    "--max-time",
                    "20",
                    "--cacert",
                    to.trusted,
                    "--connect-to",
                    there + ":127.0.0.1:" + to.port,
                    "https://" + there};
     }},
    {"socat",
     [](const Target& to) {
       return Words{
           "socat", "-u",
           "OPENSSL:127.0.0.1:" + to.port + ",cafile=" + to.trusted + ",commonname=" + to.name,
           "-"};
     }},
    {"openssl",
     [](const Target& to) {
       return Words{"openssl", "s_client", "-quiet",
                    "-CAfile", to.trusted, "-servername",
                    to.name,   "-connect", "127.0.0.1:" + to.port};
     }},
    {"ncat", [](const Target& to) {
       return Words{"ncat", "--ssl", "--recv-only", "127.0.0.1", to.port};
     }}};

// What comes of one client with one server.
Outcome meet(const Client& client, const Row& row, const std::string& trusted) {
  Words options{"--tls", "--send-only"};
  options.insert(options.end(), row.shown.begin(), row.shown.end());
  Listener listener(options, Input::bytes("HTTP/1.0 200 OK\r\n\r\nhello"));
  Program program;
  program.argv = client.words({std::to_string(listener.port()), row.name, trusted});
  Outcome outcome = support::run(std::move(program));
  listener.wait();
  return outcome;
}

void check_refusal(const Row& row, const Outcome& outcome) {
  CHECK(outcome.code == 6);
  INFO(outcome.err);
  for (const std::string part :
       {row.reason, row.option, "it is for: ", "issuer: ", "valid: from 20",
        "fingerprint: sha256:", "to accept it alone: --pin sha256:"})
    CHECK(outcome.err.find(part) != std::string::npos);
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

}  // namespace

// What the others do without being told to be careful is only shown; ours is held to it.
TEST_CASE("just the right servers are accepted, beside the other clients") {
  Authority root, other;
  Authority middle(root);
  support::TempDir dir;
  const auto made = [](const Certificate& certificate) {
    return Words{"--cert", certificate.file, "--key", certificate.key};
  };
  const auto issued = [&](const support::CertificateWish& wish) {
    return made(root.issue("server", wish));
  };
  const Certificate leaf = middle.issue("server");
  const Certificate revoked = root.issue("server");
  const std::string trusted = root.revoke(revoked);  // with a list of what is revoked
  const Row rows[] = {
      {"right", issued({}), "localhost"},
      {"right, by an intermediate",
       made({support::chain(dir, {leaf.file, middle.file()}), leaf.key}), "localhost"},
      {"wildcard", issued({.names = "DNS:*.example.com"}), "www.example.com"},
      {"IP address", issued({.names = "IP:127.0.0.1"}), "127.0.0.1"},
      {"self-signed", {"--self-signed"}, "localhost", "self-signed certificate", "--ca PATH"},
      {"unknown authority", made(other.issue("server")), "localhost",
       "unable to get local issuer certificate", "--ca PATH"},
      {"intermediate missing", made(leaf), "localhost", "unable to get local issuer certificate",
       "--ca PATH"},
      {"expired", issued({.from = "20200101000000Z", .to = "20200201000000Z"}), "localhost",
       "certificate has expired", "if this machine's clock is right"},
      {"not yet valid", issued({.from = "20990101000000Z", .to = "20990201000000Z"}), "localhost",
       "certificate is not yet valid", "if this machine's clock is right"},
      {"wrong name", issued({.names = "DNS:example.com"}), "localhost", "hostname mismatch",
       "--server-name NAME"},
      {"wrong IP address", issued({.names = "IP:127.0.0.2"}), "127.0.0.1", "IP address mismatch",
       "--server-name NAME"},
      {"wildcard for the domain itself", issued({.names = "DNS:*.example.com"}), "example.com",
       "hostname mismatch", "--server-name NAME"},
      {"of a client", issued({.usage = "clientAuth"}), "localhost", "purpose", "--pin"},
      {"only a common name", made(root.issue("localhost", {.names = ""})), "localhost",
       "hostname mismatch", "it is for: no host at all"},
      {"revoked", made(revoked), "localhost", "certificate revoked", "--pin"},
  };
  std::string table = "\n" + padded("", 32);
  for (const Client& client : clients) table += padded(client.program, 10);
  for (const Row& row : rows) {
    INFO(std::string(row.what));
    table += "\n" + padded(row.what, 32);
    for (const Client& client : clients) {
      const bool ours = std::string_view(client.program) == "sock";
      if (!ours && !support::installed(client.program)) {
        table += padded("missing", 10);
        continue;
      }
      const Outcome outcome = meet(client, row, trusted);
      const bool came = outcome.out.find("hello") != std::string::npos;
      table += padded(came ? "yes" : "no", 10);
      if (!ours) continue;
      CHECK(came == (*row.reason == '\0'));
      if (*row.reason != '\0') check_refusal(row, outcome);
    }
  }
  MESSAGE(table);
}

TEST_CASE("a directory of certificates and revocation lists, by their hashes") {
  Authority root;
  const Certificate right = root.issue("server"), revoked = root.issue("server");
  const std::string both = root.revoke(revoked);
  support::TempDir dir;
  const auto rehash = [&] {
    Program program;
    program.argv = {"openssl", "rehash", dir.path().string()};
    REQUIRE(support::run(std::move(program)).code == 0);
  };
  const auto code_with = [&](const Certificate& certificate) {
    const Row row{"", {"--cert", certificate.file, "--key", certificate.key}, "localhost"};
    return meet(clients[0], row, dir.path().string()).code;
  };
  support::write_file(dir / "root.pem", support::read_file(root.file()));
  rehash();
  CHECK(code_with(right) == 0);
  CHECK(code_with(revoked) == 0);  // there is no list
  const std::string pem = support::read_file(both);
  support::write_file(dir / "list.pem", pem.substr(pem.find("-----BEGIN X509 CRL")));
  rehash();
  CHECK(code_with(right) == 0);
  CHECK(code_with(revoked) == 6);
}
