#include "wire/retry.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sock/error.hpp"
#include "wire/proxy_error.hpp"
#include "wire/tls_error.hpp"

namespace sock::wire {

namespace {

bool may_pass(const Error& error) {
  const auto& code = error.code();
  if (code.category() == gai_category())
    return code.value() == EAI_AGAIN || code.value() == EAI_NONAME || code.value() == EAI_NODATA ||
           code.value() == EAI_FAIL;
  if (code == std::errc::timed_out) return true;
  if (code.category() == proxy_category())
    return code != ProxyErrc::nonsense && code != ProxyErrc::login && code != ProxyErrc::forbidden;
  if (code == TlsErrc::broken_off) return true;  // what stands before a server that is not up yet
  if (error.operation() != "connect" || code.category() != std::system_category()) return false;
  switch (code.value()) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:  // the family's interface is not up
    case EAGAIN:         // the queue of a Unix listener is full
    case ENOENT:
    case ENODEV:  // a virtual machine that is not up
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<Backoff::Duration> Backoff::next(double chance,
                                               std::optional<Duration> left) noexcept {
  if (left && *left <= shortest) return std::nullopt;
  const double share = 0.5 + chance / 2;
  const Duration pause(static_cast<Duration::rep>(static_cast<double>(full_.count()) * share));
  full_ = std::min(2 * full_, longest);
  return left ? std::min(pause, *left / 2) : pause;
}

bool may_pass(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return may_pass(error);
  } catch (const ErrorGroup& group) {
    return std::any_of(group.errors().begin(), group.errors().end(),
                       [](const Error& error) { return may_pass(error); });
  } catch (...) {
    return false;
  }
}

GaveUp::GaveUp(const std::string& task, const std::string& limit, unsigned tries,
               std::exception_ptr last)
    : std::runtime_error(task + ": " + limit + " is over after " + std::to_string(tries) +
                         (tries == 1 ? " try" : " tries")),
      last_(std::move(last)) {}

}  // namespace sock::wire
