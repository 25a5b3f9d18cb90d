#include "serve/proxy_handshake.hpp"

#include <cerrno>

#include <doctest/doctest.h>

#include "serve/destinations.hpp"
#include "sock/error.hpp"

namespace {

using namespace sock::serve;
using namespace std::string_literals;
using sock::wire::SocksCommand;

template <class Throw>
Refusal refusal_when(Throw&& thrower) {
  try {
    thrower();
  } catch (...) {
    return refusal_of(std::current_exception());
  }
  return Refusal::failure;
}

TEST_CASE("what was thrown says why a request is not granted") {
  const auto of = [](int error) {
    return refusal_when([=] { sock::throw_errno(error, "connect", "192.0.2.1:80"); });
  };
  CHECK(of(ECONNREFUSED) == Refusal::refused);
  CHECK(of(ENETUNREACH) == Refusal::network_unreachable);
  CHECK(of(EHOSTUNREACH) == Refusal::host_unreachable);
  CHECK(of(ETIMEDOUT) == Refusal::timed_out);
  CHECK(of(EACCES) == Refusal::failure);
  CHECK(refusal_when([] { sock::throw_error(sock::Errc::timed_out, "connect"); }) ==
        Refusal::timed_out);
  CHECK(refusal_when([] {
          throw sock::gaierror(std::error_code(-2, sock::gai_category()), "getaddrinfo", "x");
        }) == Refusal::host_unreachable);
  CHECK(refusal_when([] { throw NotAllowed("192.0.2.1:80"); }) == Refusal::not_allowed);
  CHECK(refusal_when([] {
          const sock::Error no_route(std::make_error_code(std::errc::network_unreachable),
                                     "connect");
          const sock::Error refused(std::make_error_code(std::errc::connection_refused), "connect");
          throw sock::ErrorGroup("connect x", {no_route, refused});
        }) == Refusal::refused);
  CHECK(refusal_when([] { throw std::runtime_error("no"); }) == Refusal::failure);
}

TEST_CASE("each protocol refuses in its own words") {
  struct Row {
    Refusal why;
    char socks;
    const char* http;
  };
  for (const Row& row :
       {Row{Refusal::failure, 1, "502"}, Row{Refusal::not_allowed, 2, "403"},
        Row{Refusal::network_unreachable, 3, "502"}, Row{Refusal::host_unreachable, 4, "502"},
        Row{Refusal::refused, 5, "502"}, Row{Refusal::timed_out, 6, "504"}}) {
    CAPTURE(row.http);
    const auto socks = proxy_handshake(ProxyProtocol::socks5, nullptr);
    socks->exchange().feed("\5\1\0\5\1\0\1\300\0\2\1\0\120"s);
    REQUIRE(socks->requested());
    CHECK(socks->request().protocol == "socks5"s);
    CHECK(socks->request().command == SocksCommand::connect);
    CHECK(socks->request().target.port == 80);
    socks->exchange().take_output();
    socks->refuse(row.why);
    CHECK(socks->exchange().take_output() == "\5"s + row.socks + "\0\1\0\0\0\0\0\0"s);

    const auto http = proxy_handshake(ProxyProtocol::http_connect, nullptr);
    http->exchange().feed("CONNECT 192.0.2.1:80 HTTP/1.1\r\n\r\n");
    REQUIRE(http->requested());
    CHECK(http->request().protocol == "http"s);
    http->refuse(row.why);
    CHECK(http->exchange().take_output().starts_with("HTTP/1.1 "s + row.http + ' '));
  }
}

}  // namespace
