#include "wire/proxy_error.hpp"

#include <utility>

namespace sock::wire {

namespace {

class ProxyCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "proxy"; }
  std::string message(int value) const override {
    switch (static_cast<ProxyErrc>(value)) {
      case ProxyErrc::nonsense:
        return "the proxy speaks something else";
      case ProxyErrc::ended:
        return "the proxy ended the connection";
      case ProxyErrc::login:
        return "the proxy does not let this user in";
      case ProxyErrc::forbidden:
        return "the proxy does not allow it";
      case ProxyErrc::refused:
        return "the proxy was refused";
      case ProxyErrc::unreachable:
        return "the proxy does not get there";
      case ProxyErrc::failed:
        return "the proxy could not connect";
    }
    return "unknown proxy error";
  }
};

}  // namespace

const std::error_category& proxy_category() noexcept {
  static const ProxyCategory category;
  return category;
}

std::error_code make_error_code(ProxyErrc e) noexcept {
  return {static_cast<int>(e), proxy_category()};
}

ProxyError::ProxyError(ProxyErrc code, std::string operation, std::string subject,
                       std::string cause)
    : Error(make_error_code(code), std::move(operation), std::move(subject)) {
  std::string what = this->operation() + ' ' + this->subject() + ": " + cause;
  details_ = std::make_shared<const Details>(Details{std::move(cause), std::move(what)});
}

}  // namespace sock::wire
