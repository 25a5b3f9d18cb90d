#include "wire/tls_context.hpp"

#include <sys/stat.h>

#include "support/certificates.hpp"
#include "support/process.hpp"
#include "tls_ends.hpp"

namespace {

using namespace tls_ends;
using support::Authority;
using support::Certificate;
using wire::TlsErrc;
using wire::TlsError;

TlsPlan with_files(const std::vector<wire::TlsIdentity>& identities) {
  TlsPlan plan = server_plan();
  plan.self_signed.clear();
  plan.identities = identities;
  return plan;
}

void check_refused(const TlsPlan& plan, const std::string& subject, const std::string& cause) {
  try {
    const TlsContext context(plan);
    FAIL("taken: " << subject);
  } catch (const TlsError& error) {
    CHECK(error.code() == TlsErrc::setup);
    CHECK(error.subject() == subject);
    INFO(error.cause());
    CHECK(error.cause().find(cause) != std::string::npos);
  }
}

TEST_CASE("a self-signed certificate is another one each time, and its fingerprint is known") {
  const TlsContext one(server_plan()), two(server_plan());
  CHECK(one.fingerprint().size() == 7 + 64);
  CHECK(one.fingerprint().starts_with("sha256:"));
  CHECK(one.fingerprint() != two.fingerprint());
  CHECK(TlsContext(client_plan()).fingerprint() == "");

  Ends ends(TlsContext(client_plan()), one, "");
  REQUIRE(ends.agreed());
  CHECK(ends.client->session().peer->fingerprint == one.fingerprint());
}

TEST_CASE("a self-signed certificate is good for its names, for thirty days") {
  TlsPlan plan = server_plan();
  plan.self_signed = {"a.example", "192.0.2.1", "2001:db8::1"};
  Ends ends(client_plan(), plan);
  REQUIRE(ends.agreed());
  const wire::TlsCertificate peer = *ends.client->session().peer;
  CHECK(peer.names == plan.self_signed);
  const auto now = std::chrono::system_clock::now();
  CHECK(peer.not_before < now);
  CHECK(peer.not_after > now + std::chrono::hours(29 * 24));
  CHECK(peer.not_after < now + std::chrono::hours(31 * 24));
}

TEST_CASE("files that cannot be used are refused by name, and with OpenSSL's reason") {
  Authority authority;
  const Certificate one = authority.issue("one"), two = authority.issue("two");
  support::TempDir dir;
  const std::string none = (dir / "none").string(), text = (dir / "text").string();
  support::write_file(text, "no certificate\n");
  check_refused(with_files({{none, {}}}), none, "No such file");
  check_refused(with_files({{text, {}}}), text, "no start line");
  check_refused(with_files({{one.file, none}}), none, "No such file");
  check_refused(with_files({{one.file, {}}}), one.file, "");  // no key in it
  check_refused(with_files({{one.file, two.key}}), two.key, "key values mismatch");

  const std::string locked = (dir / "locked").string();
  support::Program program;
  program.argv = {"openssl",  "pkey",        "-in",  one.key, "-aes256",
                  "-passout", "pass:secret", "-out", locked};
  REQUIRE(support::run(program).code == 0);
  check_refused(with_files({{one.file, locked}}), locked, "the key is encrypted");

  TlsPlan client = client_plan();
  client.trust = TlsPlan::Trust::path;
  client.trust_path = none;
  check_refused(client, none, "");
  client.trust_path = text;
  check_refused(client, text, "");
}

TEST_CASE("a certificate and its key may share a file") {
  Authority authority;
  const Certificate one = authority.issue("one");
  support::TempDir dir;
  const std::string both = support::chain(dir, {one.file, one.key});
  Ends ends(client_plan(), with_files({{both, {}}}));
  REQUIRE(ends.agreed());
  CHECK(ends.client->session().peer->subject == "CN=one");
}

TEST_CASE("the name that a client asks for chooses the certificate") {
  Authority authority;
  const Certificate one = authority.issue("one", {.names = "DNS:one.example"});
  const Certificate two = authority.issue("two", {.names = "DNS:*.two.example"});
  const TlsContext server(with_files({{one.file, one.key}, {two.file, two.key}}));
  const TlsContext client(client_plan());
  struct Row {
    const char* asked;
    const char* shown;
  };
  for (const Row& row :
       {Row{"one.example", "CN=one"}, Row{"www.two.example", "CN=two"},
        Row{"three.example", "CN=one"}, Row{"", "CN=one"}, Row{"192.0.2.1", "CN=one"}}) {
    INFO(row.asked);
    Ends ends(client, server, row.asked);
    REQUIRE(ends.agreed());
    CHECK(ends.client->session().peer->subject == row.shown);
  }
}

TEST_CASE("session keys go to a file that nobody else reads") {
  support::TempDir dir;
  TlsPlan plan = client_plan();
  plan.key_log = (dir / "keys").string();
  {
    Ends ends(plan);
    REQUIRE(ends.agreed());
  }
  const std::string keys = support::read_file(dir / "keys");
  CHECK(keys.find("CLIENT_HANDSHAKE_TRAFFIC_SECRET ") != std::string::npos);
  CHECK(keys.ends_with("\n"));
  struct stat status {};
  REQUIRE(::stat(plan.key_log.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);

  plan.key_log = (dir / "no" / "keys").string();
  CHECK_THROWS_AS(TlsContext{plan}, Error);
}

}  // namespace
