// What goes wrong with a proxy, in its own words.
#pragma once

#include <memory>
#include <string>
#include <system_error>

#include "sock/error.hpp"

namespace sock::wire {

enum class ProxyErrc {
  nonsense = 1,  // it speaks something else
  ended,         // it ended the connection before it had answered
  login,         // it wants a user and a password, or another one
  forbidden,     // its rules, or more than it can do: to ask again is no use
  refused,       // the target refused
  unreachable,   // it does not get to the target
  failed,        // it could not connect, and does not say more
};

const std::error_category& proxy_category() noexcept;
std::error_code make_error_code(ProxyErrc) noexcept;

class ProxyError : public Error {
 public:
  // `cause` is not made printable.
  ProxyError(ProxyErrc, std::string operation, std::string subject, std::string cause);

  const std::string& cause() const noexcept { return details_->cause; }
  const char* what() const noexcept override { return details_->what.c_str(); }

 private:
  struct Details {
    std::string cause, what;
  };
  std::shared_ptr<const Details> details_;
};

}  // namespace sock::wire

template <>
struct std::is_error_code_enum<sock::wire::ProxyErrc> : std::true_type {};
