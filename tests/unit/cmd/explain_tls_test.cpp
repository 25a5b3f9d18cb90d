#include "cmd/explain_tls.hpp"

#include <span>
#include <string_view>

#include <doctest/doctest.h>

#include "cmd/exit.hpp"
#include "cmd/explain.hpp"
#include "cmd/secure.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using namespace std::chrono_literals;
using wire::TlsErrc;
using wire::TlsError;
using wire::TlsFault;
using wire::TlsRejection;

TlsRejection rejection(TlsFault fault) {
  TlsRejection r;
  r.fault = fault;
  r.expected_name = "b.example";
  r.certificate.names = {"a.example", "192.0.2.1"};
  r.certificate.subject = "CN=a";
  r.certificate.issuer = "CN=\x1b[31mroot";
  r.certificate.not_before = std::chrono::system_clock::time_point(0s);
  r.certificate.not_after = std::chrono::system_clock::time_point(86400s);
  r.certificate.fingerprint = "sha256:00ff";
  return r;
}

std::string explained(TlsErrc code, const std::string& cause) {
  return explain(TlsError(code, "TLS handshake with", "192.0.2.1:443", cause));
}

TEST_CASE("a certificate that is not accepted is told of whole, and safe to print") {
  const TlsError error(TlsErrc::verification, "verify the certificate of", "192.0.2.1:443",
                       "hostname mismatch", rejection(TlsFault::wrong_name));
  CHECK(explain(error) ==
        "verify the certificate of 192.0.2.1:443: hostname mismatch\n"
        "expected: b.example\n"
        "it is for: a.example, 192.0.2.1\n"
        "subject: CN=a\n"
        "issuer: CN=\\x1b[31mroot\n"
        "valid: from 1970-01-01 00:00 UTC to 1970-01-02 00:00 UTC\n"
        "fingerprint: sha256:00ff\n"
        "if one of its names is meant: --server-name NAME; to accept it alone: --pin sha256:00ff");
  const std::exception& as_any = error;
  CHECK(explain(as_any) == explain(error));
}

TEST_CASE("a file without a key, or without a certificate, is told as such") {
  const auto said = [](const char* cause) {
    return explain(TlsError(TlsErrc::setup, "read", "cert.pem", cause));
  };
  CHECK(said("unsupported (No supported data to decode. Input type: PEM)")
            .ends_with("; there is no private key in it: --key names the file that has one"));
  CHECK(said("no start line (Expecting: TRUSTED CERTIFICATE)")
            .ends_with("; there is no certificate in it, in the form of PEM"));
  CHECK(said("No such file or directory") == "read cert.pem: No such file or directory");
}

TEST_CASE("each fault names the option that would accept the certificate") {
  struct Row {
    TlsFault fault;
    bool of_client;
    const char* option;
  };
  for (const Row& row :
       {Row{TlsFault::untrusted, false, " --ca PATH"},
        Row{TlsFault::untrusted, true, "--client-ca"},
        Row{TlsFault::wrong_name, false, "--server-name NAME"},
        Row{TlsFault::out_of_date, false, "clock"}, Row{TlsFault::wrong_pin, false, "--pin"},
        Row{TlsFault::other, false, "--pin"}}) {
    TlsRejection one = rejection(row.fault);
    one.of_client = row.of_client;
    const std::string text = explain(TlsError(TlsErrc::verification, "verify", "x", "y", one));
    CHECK(text.find(row.option) != std::string::npos);
    CHECK(text.find("--pin sha256:00ff") != std::string::npos);
  }
  TlsRejection onward = rejection(TlsFault::untrusted);
  onward.onward = true;
  const std::string text = explain(TlsError(TlsErrc::verification, "verify", "x", "y", onward));
  CHECK(text.find("--to-ca PATH; to accept it alone: --to-pin sha256:00ff") != std::string::npos);
}

TEST_CASE("failures that have a cure name it") {
  struct Row {
    TlsErrc code;
    const char* cause;
    const char* cure;
  };
  for (const Row& row :
       {Row{TlsErrc::handshake, "wrong version number", "does not speak TLS"},
        Row{TlsErrc::handshake, "http request", "does not speak TLS"},
        Row{TlsErrc::broken_off, "the peer ended the connection", "does it speak TLS?"},
        Row{TlsErrc::handshake, "tlsv13 alert certificate required", "see --cert"},
        Row{TlsErrc::handshake, "tlsv1 alert unknown ca", "does not accept our certificate"},
        Row{TlsErrc::handshake, "unsupported protocol", "see --tls-min"},
        Row{TlsErrc::handshake, "tlsv1 alert no application protocol", "see --alpn"},
        Row{TlsErrc::missing_library, "cannot open", "Debian: libssl3"}}) {
    const std::string text = explained(row.code, row.cause);
    CHECK(text.find(row.cause) != std::string::npos);
    CHECK(text.find(row.cure) != std::string::npos);
  }
  CHECK(explained(TlsErrc::transfer, "bad record mac") ==
        "TLS handshake with 192.0.2.1:443: bad record mac");
}

TEST_CASE("what went wrong with TLS has its own exit code") {
  struct Row {
    TlsErrc code;
    Exit exit;
  };
  for (const Row& row :
       {Row{TlsErrc::handshake, Exit::insecure}, Row{TlsErrc::verification, Exit::insecure},
        Row{TlsErrc::broken_off, Exit::insecure}, Row{TlsErrc::setup, Exit::usage},
        Row{TlsErrc::missing_library, Exit::unavailable}, Row{TlsErrc::cut_short, Exit::broken},
        Row{TlsErrc::transfer, Exit::broken}})
    CHECK(exit_of(TlsError(row.code, "a", "b", "c")) == row.exit);
  CHECK(code(Exit::insecure) == 6);
}

TEST_CASE("a session in one line") {
  wire::TlsSession session;
  session.version = "TLSv1.3";
  session.cipher = "TLS_AES_128_GCM_SHA256";
  const auto now = std::chrono::system_clock::time_point(0s);
  const auto line = [&] { return describe(wire::told(session, "192.0.2.1:443"), now); };
  CHECK(line() == "TLSv1.3, TLS_AES_128_GCM_SHA256");
  session.alpn = "h2";
  session.resumed = true;
  session.kernel_sends = true;
  session.peer = rejection(TlsFault::other).certificate;
  session.peer->not_after = now + std::chrono::hours(49);
  CHECK(line() ==
        "TLSv1.3, TLS_AES_128_GCM_SHA256, h2, resumed, sent by the kernel; certificate for "
        "a.example, "
        "192.0.2.1, 2 days left, sha256:00ff");
  session.peer->names.clear();
  session.peer->not_after = now - std::chrono::hours(1);
  CHECK(line().find("certificate for CN=a, expired, ") != std::string::npos);
}

TEST_CASE("the first bytes of TLS are known from others") {
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  using namespace std::string_view_literals;
  CHECK(is_tls_alert(bytes("\x15\3\1\0\2\2\x46"sv)));
  CHECK(is_tls_alert(bytes("\x15\3\3\0\2\1\0more"sv)));
  for (const auto other : {""sv, "\x15\3\1\0\2\2"sv, "\x15\3\1\0\2\3\x46"sv, "\x16\3\1\0\2\2\x46"sv,
                           "\x15\3\1\1\2\2\x46"sv, "\x15\2\1\0\2\2\x46"sv, "220 mail"sv})
    CHECK_FALSE(is_tls_alert(bytes(other)));
  CHECK(is_tls_handshake(bytes("\x16\3\1\2\0"sv)));
  CHECK_FALSE(is_tls_handshake(bytes("\x16\3"sv)));
  CHECK_FALSE(is_tls_handshake(bytes("GET / HTTP"sv)));
}

}  // namespace
