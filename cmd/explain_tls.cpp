#include "cmd/explain_tls.hpp"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cmd/console.hpp"
#include "cmd/flags_tls.hpp"

namespace sock::cmd {
namespace {

using wire::TlsErrc;
using wire::TlsFault;
using wire::TlsRejection;

std::string date(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string accepting(const TlsRejection& rejection) {
  const std::string prefix = rejection.onward ? onward_prefix : "--";
  const std::string pin = prefix + "pin " + rejection.certificate.fingerprint;
  const std::string ca = prefix + (rejection.of_client ? "client-ca" : "ca");
  switch (rejection.fault) {
    case TlsFault::untrusted:
      return fmt::format("to trust who signed it: {} PATH; to accept it alone: {}", ca, pin);
    case TlsFault::wrong_name:
      return fmt::format("if one of its names is meant: {}server-name NAME; to accept it alone: {}",
                         prefix, pin);
    case TlsFault::out_of_date:
      return fmt::format("if this machine's clock is right, to accept it alone: {}", pin);
    case TlsFault::wrong_pin:
      return fmt::format("if it has taken the other's place: {}", pin);
    case TlsFault::other:
      break;
  }
  return fmt::format("to accept it alone: {}", pin);
}

std::string about(const TlsRejection& rejection) {
  const wire::TlsCertificate& certificate = rejection.certificate;
  std::string text;
  if (rejection.fault == TlsFault::wrong_name)
    text += "\nexpected: " + printable(rejection.expected_name);
  text += fmt::format("\nit is for: {}",
                      certificate.names.empty()
                          ? "no host at all"
                          : printable(fmt::format("{}", fmt::join(certificate.names, ", "))));
  text += fmt::format("\nsubject: {}\nissuer: {}", printable(certificate.subject),
                      printable(certificate.issuer));
  text += fmt::format("\nvalid: from {} to {}", date(certificate.not_before),
                      date(certificate.not_after));
  text += fmt::format("\nfingerprint: {}\n{}", certificate.fingerprint, accepting(rejection));
  return text;
}

std::string cure_of(const wire::TlsError& error) {
  const std::string& cause = error.cause();
  const auto says = [&](const char* words) { return cause.find(words) != std::string::npos; };
  if (error.code() == TlsErrc::missing_library)
    return "; TLS needs OpenSSL 3: install it (Debian: libssl3)";
  if (error.code() == TlsErrc::broken_off) return "; does it speak TLS?";
  if (error.code() == TlsErrc::setup && error.operation() == "read") {
    if (says("No supported data to decode"))
      return "; there is no private key in it: --key names the file that has one";
    if (says("no start line")) return "; there is no certificate in it, in the form of PEM";
  }
  if (error.code() != TlsErrc::handshake) return {};
  if (says("wrong version number") || says("http request") || says("packet length too long"))
    return "; the peer does not speak TLS";
  if (says("certificate required")) return "; the server wants a certificate of ours: see --cert";
  if (says("alert unknown ca") || says("alert bad certificate") ||
      says("alert certificate unknown"))
    return "; the peer does not accept our certificate";
  if (says("protocol version") || says("unsupported protocol"))
    return "; the peer speaks no version that is allowed: see --tls-min";
  if (says("no application protocol")) return "; the peer speaks none of these: see --alpn";
  return {};
}

}  // namespace

bool is_tls_alert(std::span<const std::byte> bytes) noexcept {
  const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  // A record of two bytes: the level, a warning or fatal, and what is wrong.
  return bytes.size() >= 7 && at(0) == 21 && at(1) == 3 && at(2) <= 4 && at(3) == 0 && at(4) == 2 &&
         (at(5) == 1 || at(5) == 2);
}

bool is_tls_handshake(std::span<const std::byte> bytes) noexcept {
  const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  return bytes.size() >= 3 && at(0) == 22 && at(1) == 3 && at(2) <= 4;
}

std::string explain(const wire::TlsError& error) {
  std::string text = fmt::format("{} {}: {}", error.operation(), printable(error.subject()),
                                 printable(error.cause()));
  if (const TlsRejection* rejection = error.rejection()) return text + about(*rejection);
  return text + cure_of(error);
}

}  // namespace sock::cmd
