#include "cmd/exit.hpp"

#include <cerrno>
#include <string_view>

#include "wire/candidates.hpp"
#include "wire/endpoint.hpp"
#include "wire/proxy_error.hpp"
#include "wire/retry.hpp"
#include "wire/tls_error.hpp"

namespace sock::cmd {
namespace {

// Not the peer's doing: this kernel cannot make or use such a socket.
bool unsupported(const std::error_code& cause) noexcept {
  if (cause == Errc::bad_family || cause == Errc::interface_not_found) return true;
  if (cause.category() != std::generic_category() && cause.category() != std::system_category())
    return false;
  switch (cause.value()) {
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
    case ESOCKTNOSUPPORT:
    case EPFNOSUPPORT:
    case EPROTOTYPE:
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case ENODEV:
      return true;
    default:
      return false;
  }
}

bool is_lookup(const Error& error) noexcept {
  const auto& category = error.code().category();
  return category == gai_category() || category == host_category() ||
         error.code() == Errc::no_addresses || error.code() == Errc::service_not_found ||
         error.code() == Errc::port_not_found || error.code() == Errc::protocol_not_found ||
         error.operation() == "getaddrinfo";
}

Exit exit_of_tls(const std::error_code& code) noexcept {
  if (code == wire::TlsErrc::handshake || code == wire::TlsErrc::broken_off ||
      code == wire::TlsErrc::verification)
    return Exit::insecure;
  if (code == wire::TlsErrc::setup) return Exit::usage;
  return code == wire::TlsErrc::missing_library ? Exit::unavailable : Exit::broken;
}

}  // namespace

Exit exit_of(const Error& error) noexcept {
  const std::string_view operation = error.operation();
  if (error.code() == std::errc::timed_out) return Exit::timed_out;
  if (is_lookup(error)) return Exit::not_found;
  if (error.code().category() == wire::tls_category()) return exit_of_tls(error.code());
  if (error.code().category() == wire::proxy_category()) return Exit::proxy;
  if (error.code() == Errc::path_too_long || error.code() == Errc::name_too_long ||
      error.code() == Errc::family_mismatch)
    return Exit::usage;
  if (operation == "open" || operation == "rename") return Exit::usage;  // what options name
  if (unsupported(error.code())) return Exit::unavailable;
  if (operation == "connect") return Exit::unreachable;
  if (operation == "adopt" || operation == "socket" || operation == "bind" ||
      operation == "listen" || operation == "set option")
    return Exit::unavailable;
  return Exit::broken;
}

Exit exit_of(const std::exception& failure) noexcept {
  if (const auto* error = dynamic_cast<const Error*>(&failure)) return exit_of(*error);
  if (const auto* group = dynamic_cast<const ErrorGroup*>(&failure))
    return group->errors().empty() ? Exit::broken : exit_of(group->errors().back());
  if (dynamic_cast<const wire::GaveUp*>(&failure)) return Exit::timed_out;
  if (dynamic_cast<const wire::UsageError*>(&failure)) return Exit::usage;
  if (dynamic_cast<const wire::EndpointError*>(&failure)) return Exit::usage;
  if (const auto* command = dynamic_cast<const CommandError*>(&failure)) return command->exit();
  return Exit::broken;
}

}  // namespace sock::cmd
