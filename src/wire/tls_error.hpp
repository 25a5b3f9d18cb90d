// What goes wrong with TLS, and with whose certificate.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "sock/error.hpp"

namespace sock::wire {

enum class TlsErrc {
  missing_library = 1,  // OpenSSL is not installed
  setup,                // a certificate, a key or a trust store that cannot be used
  handshake,            // the peer does not speak TLS, or will not have ours
  broken_off,           // the connection ended before the handshake did
  verification,         // its certificate is not accepted
  cut_short,            // the connection ended without TLS's own end
  transfer,             // a record that is broken, an alert of the peer
};

const std::error_category& tls_category() noexcept;
std::error_code make_error_code(TlsErrc) noexcept;

struct TlsCertificate {
  std::vector<std::string> names;  // the hosts and addresses it is for
  std::string subject, issuer;
  std::chrono::system_clock::time_point not_before, not_after;
  std::string fingerprint;  // of the whole certificate: "sha256:" and 64 hexadecimal digits
};

// Why a certificate is not accepted, as far as there is something to be done about it.
enum class TlsFault : std::uint8_t { untrusted, wrong_name, out_of_date, wrong_pin, other };

struct TlsRejection {
  TlsFault fault = TlsFault::other;
  bool of_client = false;     // who came to us, and else a server
  bool onward = false;        // of a server that a listener forwards to
  std::string expected_name;  // "" where none was asked for
  TlsCertificate certificate;
};

// An Error whose cause has words of its own: OpenSSL's, the peer's.
class TlsError : public Error {
 public:
  TlsError(TlsErrc, std::string operation, std::string subject, std::string cause,
           std::optional<TlsRejection> rejection = {});

  const std::string& cause() const noexcept { return details_->cause; }
  // Of a verification that failed, else null.
  const TlsRejection* rejection() const noexcept {
    return details_->rejection ? &*details_->rejection : nullptr;
  }
  const char* what() const noexcept override { return details_->what.c_str(); }

 private:
  struct Details {
    std::string cause, what;
    std::optional<TlsRejection> rejection;
  };
  std::shared_ptr<const Details> details_;
};

// Why, without where.
std::string cause_of(const std::exception&);

}  // namespace sock::wire

template <>
struct std::is_error_code_enum<sock::wire::TlsErrc> : std::true_type {};
