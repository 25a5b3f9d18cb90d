#include "cmd/probe_result.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "cmd/explain.hpp"
#include "sock/error.hpp"
#include "wire/candidates.hpp"
#include "wire/proxy_error.hpp"
#include "wire/tls_error.hpp"

namespace sock::cmd {
namespace {

PortState state_of(const Error& error) {
  const auto& code = error.code();
  if (code.category() == gai_category() || error.operation() == "resolve")
    return PortState::unresolved;
  if (code == std::errc::timed_out) return PortState::filtered;
  if (code == wire::ProxyErrc::refused) return PortState::closed;
  if (code == wire::ProxyErrc::unreachable) return PortState::unreachable;
  if (exit_of(error) == Exit::insecure) return PortState::insecure;
  if (code.category() != std::system_category()) return PortState::failed;
  const std::string_view operation = error.operation();
  if (operation != "connect" && operation != "recv" && operation != "send")
    return PortState::failed;
  switch (code.value()) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOENT:
      return PortState::closed;
    case EAGAIN:  // a Unix listener whose queue is full
      return PortState::filtered;
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case ENODEV:
      return PortState::unreachable;
    default:
      return PortState::failed;
  }
}

}  // namespace

std::string_view text(PortState state) noexcept {
  static constexpr std::array<std::string_view, 8> texts{"open",     "open|filtered", "closed",
                                                         "filtered", "unreachable",   "unresolved",
                                                         "insecure", "failed"};
  return texts[static_cast<std::size_t>(state)];
}

PortState state_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return state_of(error);
  } catch (const ErrorGroup& group) {
    PortState best = PortState::failed;
    for (const Error& error : group.errors()) best = std::min(best, state_of(error));
    return best;
  }
}

std::string note_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const wire::TlsError& error) {
    const bool refused = error.code() == wire::TlsErrc::verification;
    return (refused ? "certificate not accepted: " : "TLS handshake: ") + error.cause();
  } catch (const Error& error) {
    const bool connected = error.operation() == "TLS handshake with";
    return (connected ? "TLS handshake: " : "") + cause_of(error);
  } catch (const ErrorGroup& group) {
    std::string note;
    for (const Error& error : group.errors()) {
      const std::string cause = cause_of(error.code());
      if (note.find(cause) == note.npos) note += (note.empty() ? "" : ", ") + cause;
    }
    return note;
  }
}

Exit exit_of(PortState state, const std::exception_ptr& cause) {
  switch (state) {
    case PortState::open:
      return Exit::done;
    case PortState::closed:
    case PortState::unreachable:
      return Exit::unreachable;
    case PortState::filtered:
    case PortState::silent:
      return Exit::timed_out;
    case PortState::unresolved:
      return Exit::not_found;
    case PortState::insecure:
      return Exit::insecure;
    case PortState::failed:
      break;
  }
  try {
    std::rethrow_exception(cause);
  } catch (const std::exception& error) {
    return exit_of(error);
  }
}

Exit exit_of(std::span<const ProbeResult> results, bool any) {
  Exit highest = Exit::done;
  for (const ProbeResult& result : results) {
    if (any && result.state == PortState::open) return Exit::done;
    highest = std::max(highest, result.exit);
  }
  return highest;
}

}  // namespace sock::cmd
