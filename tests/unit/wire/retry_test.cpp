#include "wire/retry.hpp"

#include <netdb.h>

#include <cerrno>
#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "sock/error.hpp"
#include "wire/candidates.hpp"
#include "wire/proxy_error.hpp"
#include "wire/tls_error.hpp"

using namespace sock;
using namespace sock::wire;
using namespace std::chrono_literals;

namespace {

std::exception_ptr thrown_by(const std::function<void()>& function) {
  try {
    function();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

std::exception_ptr failed(int err, const char* operation = "connect") {
  return thrown_by([&] { throw_errno(err, operation, "x"); });
}

std::exception_ptr unknown(int code) {
  return std::make_exception_ptr(gaierror({code, gai_category()}, "getaddrinfo", "x"));
}

}  // namespace

TEST_CASE("pauses double up to the longest, less a share that chance decides") {
  Backoff most, least;
  for (const auto full : {100ms, 200ms, 400ms, 800ms, 1600ms, 2000ms, 2000ms}) {
    CHECK(least.next(0, {}) == full / 2);
    const auto pause = most.next(0.999, {});
    REQUIRE(pause);
    CHECK(*pause < full);
    CHECK(*pause > full * 99 / 100);
  }
  most.reset();
  CHECK(most.next(0, {}) == 50ms);
}

TEST_CASE("the last pauses grow shorter, so that the last try comes close to the end") {
  Backoff backoff;
  for (int i = 0; i < 10; ++i) (void)backoff.next(0.5, {});
  CHECK(backoff.next(0.5, 10s) == 1500ms);
  CHECK(backoff.next(0.5, 1s) == 500ms);
  CHECK(backoff.next(0.5, 12ms) == 6ms);
  CHECK_FALSE(backoff.next(0.5, 10ms));
}

TEST_CASE("what may pass is tried again, what the user has to change is not") {
  for (const int err : {ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, ENOENT,
                        EADDRNOTAVAIL, EAGAIN, ENODEV}) {
    CAPTURE(err);
    CHECK(may_pass(failed(err)));
  }
  for (const int err : {EACCES, EPERM, EINVAL, EAFNOSUPPORT, EPROTOTYPE, EMFILE}) {
    CAPTURE(err);
    CHECK_FALSE(may_pass(failed(err)));
  }
  CHECK_FALSE(may_pass(failed(EADDRNOTAVAIL, "bind")));
  CHECK_FALSE(may_pass(failed(ENODEV, "set option")));
  CHECK(may_pass(unknown(EAI_NONAME)));
  CHECK(may_pass(unknown(EAI_AGAIN)));
  CHECK_FALSE(may_pass(unknown(EAI_SERVICE)));
  CHECK(may_pass(thrown_by([] { throw_error(Errc::timed_out, "resolve", "x"); })));
  CHECK_FALSE(may_pass(thrown_by([] { throw_error(Errc::path_too_long, "connect", "x"); })));
  CHECK_FALSE(may_pass(std::make_exception_ptr(UsageError("x"))));
}

TEST_CASE("what a proxy says of the target may pass, what it says of us does not") {
  const auto refusal = [](ProxyErrc kind) {
    return std::make_exception_ptr(ProxyError(kind, "ask proxy", "x", "no"));
  };
  for (const auto kind :
       {ProxyErrc::refused, ProxyErrc::unreachable, ProxyErrc::failed, ProxyErrc::ended})
    CHECK(may_pass(refusal(kind)));
  for (const auto kind : {ProxyErrc::login, ProxyErrc::forbidden, ProxyErrc::nonsense})
    CHECK_FALSE(may_pass(refusal(kind)));
}

TEST_CASE("of several addresses one that may work later is enough") {
  const auto group = [](int first, int second) {
    std::vector<Error> errors;
    for (const int err : {first, second})
      errors.emplace_back(std::error_code(err, std::system_category()), "connect", "x");
    return std::make_exception_ptr(ErrorGroup("connect x", errors));
  };
  const auto tls = [](TlsErrc code) {
    return std::make_exception_ptr(TlsError(code, "TLS handshake with", "x", "y"));
  };
  CHECK(may_pass(tls(TlsErrc::broken_off)));
  CHECK(!may_pass(tls(TlsErrc::handshake)));
  CHECK(!may_pass(tls(TlsErrc::verification)));
  CHECK(may_pass(group(EACCES, ECONNREFUSED)));
  CHECK_FALSE(may_pass(group(EACCES, EAFNOSUPPORT)));
}
