// Whose certificates are accepted, over real handshakes.
#include <doctest/doctest.h>

#include "support/certificates.hpp"
#include "tls_ends.hpp"

namespace {

using namespace tls_ends;
using support::Authority;
using support::Certificate;
using support::CertificateWish;
using wire::TlsErrc;
using wire::TlsError;
using wire::TlsFault;

TlsPlan trusting(const std::string& path) {
  TlsPlan plan = client_plan();
  plan.trust = TlsPlan::Trust::path;
  plan.trust_path = path;
  return plan;
}

TlsPlan showing(const Certificate& certificate) {
  TlsPlan plan = server_plan();
  plan.self_signed.clear();
  plan.identities = {{certificate.file, certificate.key}};
  return plan;
}

std::exception_ptr error_of(const TlsPlan& client, const TlsPlan& server, const std::string& name) {
  Ends ends(client, server, name);
  ends.shake_hands();
  // The server hears of it: an alert.
  if (ends.client_error) CHECK(message_of(ends.server_error).find("alert") != std::string::npos);
  return ends.client_error;
}

void check_accepted(const TlsPlan& client, const TlsPlan& server, const std::string& name) {
  CHECK(message_of(error_of(client, server, name)) == "");
}

void check_refused(const TlsPlan& client, const TlsPlan& server, const std::string& name,
                   TlsFault fault, const std::string& cause) {
  try {
    const std::exception_ptr error = error_of(client, server, name);
    REQUIRE(error);
    std::rethrow_exception(error);
  } catch (const TlsError& error) {
    CHECK(error.code() == TlsErrc::verification);
    INFO(error.cause());
    CHECK(error.cause().find(cause) != std::string::npos);
    REQUIRE(error.rejection());
    CHECK(error.rejection()->fault == fault);
    CHECK(error.rejection()->expected_name == name);
    CHECK(!error.rejection()->of_client);
    CHECK(error.rejection()->certificate.fingerprint.size() == 7 + 64);
  }
}

TEST_CASE("just the right certificates are accepted") {
  Authority root;
  struct Row {
    const char* what;
    CertificateWish wish;
    const char* name;   // whom we mean to talk to
    const char* cause;  // "": accepted
    TlsFault fault = TlsFault::other;
  };
  const Row rows[] = {
      {"right", {}, "localhost", ""},
      {"right, in capitals", {}, "LOCALHOST", ""},
      {"one of two names", {.names = "DNS:a.example,DNS:b.example"}, "b.example", ""},
      {"wildcard", {.names = "DNS:*.example.com"}, "www.example.com", ""},
      {"an address", {.names = "IP:192.0.2.1"}, "192.0.2.1", ""},
      {"an IPv6 address", {.names = "IP:2001:db8::1"}, "2001:db8:0::1", ""},
      {"no purpose named", {.usage = ""}, "localhost", ""},
      {"wrong name", {}, "example.com", "hostname mismatch", TlsFault::wrong_name},
      {"wildcard for the domain itself",
       {.names = "DNS:*.example.com"},
       "example.com",
       "hostname mismatch",
       TlsFault::wrong_name},
      {"wildcard for two labels",
       {.names = "DNS:*.example.com"},
       "a.b.example.com",
       "hostname mismatch",
       TlsFault::wrong_name},
      {"wildcard in part of a label",
       {.names = "DNS:w*.example.com"},
       "www.example.com",
       "hostname mismatch",
       TlsFault::wrong_name},
      {"another address",
       {.names = "IP:192.0.2.1"},
       "192.0.2.2",
       "IP address mismatch",
       TlsFault::wrong_name},
      {"an address as a name",
       {.names = "DNS:192.0.2.1"},
       "192.0.2.1",
       "IP address mismatch",
       TlsFault::wrong_name},
      {"only a common name", {.names = ""}, "server", "hostname mismatch", TlsFault::wrong_name},
      {"expired",
       {.from = "20200101000000Z", .to = "20200201000000Z"},
       "localhost",
       "expired",
       TlsFault::out_of_date},
      {"not yet valid",
       {.from = "20990101000000Z", .to = "20990201000000Z"},
       "localhost",
       "not yet valid",
       TlsFault::out_of_date},
      {"wrong purpose", {.usage = "clientAuth"}, "localhost", "purpose"},
  };
  const TlsPlan client = trusting(root.file());
  for (const Row& row : rows) {
    INFO(row.what);
    const TlsPlan server = showing(root.issue("server", row.wish));
    if (*row.cause == '\0')
      check_accepted(client, server, row.name);
    else
      check_refused(client, server, row.name, row.fault, row.cause);
  }
}

TEST_CASE("a chain has to reach what is trusted") {
  Authority root, other;
  Authority middle(root);
  const Certificate leaf = middle.issue("server");
  support::TempDir dir;
  const Certificate whole{support::chain(dir, {leaf.file, middle.file()}), leaf.key};

  check_accepted(trusting(root.file()), showing(whole), "localhost");
  check_refused(trusting(root.file()), showing(leaf), "localhost", TlsFault::untrusted,
                "unable to get local issuer");
  check_refused(trusting(other.file()), showing(whole), "localhost", TlsFault::untrusted,
                "unable to get");
  // What the file has is trusted, also where it is no root.
  check_accepted(trusting(middle.file()), showing(leaf), "localhost");
  check_accepted(trusting(leaf.file), showing(leaf), "localhost");
  check_refused(trusting(leaf.file), showing(leaf), "example.com", TlsFault::wrong_name,
                "hostname mismatch");
}

TEST_CASE("a self-signed certificate is not accepted unless it is known") {
  check_refused(
      [] {
        TlsPlan plan;  // the system's trust store
        return plan;
      }(),
      server_plan(), "localhost", TlsFault::untrusted, "self-signed");
  check_accepted(client_plan(), server_plan(), "example.com");  // anyone
}

TEST_CASE("a pin stands for the very certificate, and for all it says") {
  const TlsContext server(server_plan());
  TlsPlan pinned = client_plan();
  pinned.trust = TlsPlan::Trust::pins;
  pinned.pins = {"sha256:" + std::string(64, '0'), server.fingerprint()};
  Ends ends(TlsContext(pinned), server, "example.com");
  CHECK(ends.agreed());

  pinned.pins.pop_back();
  check_refused(pinned, server_plan(), "localhost", TlsFault::wrong_pin, "another certificate");
}

TEST_CASE("a server lets in clients that its authority has signed, and has not revoked") {
  Authority root, other;
  const CertificateWish of_client{.names = "", .usage = "clientAuth"};
  const Certificate right = root.issue("right", of_client);
  const Certificate revoked = root.issue("revoked", of_client);
  const Certificate unknown = other.issue("unknown", of_client);
  const Certificate a_server = root.issue("a server", {.names = "", .usage = "serverAuth"});

  TlsPlan server = server_plan();
  server.trust = TlsPlan::Trust::path;
  server.trust_path = root.revoke(revoked);
  struct Row {
    const Certificate* shown;
    const char* cause;
  };
  for (const Row& row : {Row{&right, ""}, Row{&revoked, "revoked"}, Row{&unknown, "unable to get"},
                         Row{&a_server, "purpose"}, Row{nullptr, "did not return a certificate"}}) {
    INFO(row.cause);
    TlsPlan client = client_plan();
    if (row.shown) client.identities = {{row.shown->file, row.shown->key}};
    Ends ends(client, server);
    ends.shake_hands();
    CHECK(message_of(ends.server_error).find(row.cause) != std::string::npos);
    CHECK((ends.server_error == nullptr) == (*row.cause == '\0'));
    if (row.shown == &right) CHECK(ends.server->session().peer->subject == "CN=right");
  }
}

TEST_CASE("a list counts for whom it is about, anywhere in the chain") {
  Authority root;
  Authority kept(root), revoked(root);
  const Certificate elsewhere = root.issue("elsewhere");
  support::TempDir dir;
  const auto whole = [&](Authority& middle) {
    const Certificate leaf = middle.issue("server");
    return showing({support::chain(dir, {leaf.file, middle.file()}), leaf.key});
  };
  // The intermediate authorities have no lists of their own.
  check_accepted(trusting(root.revoke(elsewhere)), whole(kept), "localhost");
  const TlsPlan client = trusting(root.revoke({revoked.file(), ""}));
  check_accepted(client, whole(kept), "localhost");
  check_refused(client, whole(revoked), "localhost", TlsFault::other, "revoked");
}

}  // namespace
