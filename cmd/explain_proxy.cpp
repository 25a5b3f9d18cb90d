#include "cmd/explain_proxy.hpp"

#include <fmt/format.h>

#include "cmd/console.hpp"

namespace sock::cmd {
namespace {

std::string_view cure_of(const wire::ProxyError& error) {
  using wire::ProxyErrc;
  if (error.operation() != "ask proxy") return {};  // it has answered before
  switch (static_cast<ProxyErrc>(error.code().value())) {
    case ProxyErrc::nonsense:
    case ProxyErrc::ended:
      return "; is it a proxy of that kind? see --proxy";
    case ProxyErrc::login:
      return "; the user stands in the URL, USER@HOST, and for the password see "
             "--proxy-password-file";
    case ProxyErrc::refused:
      return "; nothing listens there";
    case ProxyErrc::forbidden:
    case ProxyErrc::unreachable:
    case ProxyErrc::failed:
      break;
  }
  return {};
}

}  // namespace

std::string explain(const wire::ProxyError& error) {
  return fmt::format("{} {}: {}{}", error.operation(), printable(error.subject()),
                     printable(error.cause()), cure_of(error));
}

}  // namespace sock::cmd
