#include "wire/tls_error.hpp"

#include <utility>

namespace sock::wire {

namespace {

class TlsCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }
  std::string message(int value) const override {
    switch (static_cast<TlsErrc>(value)) {
      case TlsErrc::missing_library:
        return "OpenSSL 3 is not installed";
      case TlsErrc::setup:
        return "cannot be used for TLS";
      case TlsErrc::handshake:
        return "TLS handshake failed";
      case TlsErrc::broken_off:
        return "the connection ended in the TLS handshake";
      case TlsErrc::verification:
        return "the certificate is not accepted";
      case TlsErrc::cut_short:
        return "the connection ended without TLS's own end";
      case TlsErrc::transfer:
        return "TLS failed";
    }
    return "unknown TLS error";
  }
};

}  // namespace

const std::error_category& tls_category() noexcept {
  static const TlsCategory category;
  return category;
}

std::error_code make_error_code(TlsErrc e) noexcept {
  return {static_cast<int>(e), tls_category()};
}

TlsError::TlsError(TlsErrc code, std::string operation, std::string subject, std::string cause,
                   std::optional<TlsRejection> rejection)
    : Error(make_error_code(code), std::move(operation), std::move(subject)) {
  std::string what = this->operation() + ' ' + this->subject() + ": " + cause;
  details_ = std::make_shared<const Details>(
      Details{std::move(cause), std::move(what), std::move(rejection)});
}

std::string cause_of(const std::exception& failure) {
  if (const auto* error = dynamic_cast<const TlsError*>(&failure)) return error->cause();
  if (const auto* error = dynamic_cast<const Error*>(&failure)) return error->code().message();
  return failure.what();
}

}  // namespace sock::wire
