#include "cmd/explain_proxy.hpp"

#include <doctest/doctest.h>

#include "cmd/explain.hpp"

using namespace sock;
using namespace sock::cmd;
using wire::ProxyErrc;
using wire::ProxyError;

TEST_CASE("a proxy's failure has its words, made printable, and what to do") {
  const auto text = [](ProxyErrc kind, const char* cause) {
    const ProxyError error(kind, "ask proxy", "http://p:1 for a:80", cause);
    return explain(static_cast<const std::exception&>(error));
  };
  CHECK(text(ProxyErrc::forbidden, "403 \x1b[31mNo\n") ==
        "ask proxy http://p:1 for a:80: 403 \\x1b[31mNo\\x0a");
  CHECK(text(ProxyErrc::refused, "connection refused").ends_with("; nothing listens there"));
  CHECK(text(ProxyErrc::nonsense, "x").ends_with("; is it a proxy of that kind? see --proxy"));
  const ProxyError later(ProxyErrc::ended, "go on through proxy", "socks5h://p:1", "it ended");
  CHECK(explain(later) == "go on through proxy socks5h://p:1: it ended");
  CHECK(text(ProxyErrc::login, "x").find("--proxy-password-file") != std::string::npos);
}

TEST_CASE("a proxy that does not answer is a limit that is over") {
  const TimeoutError error(Errc::timed_out, "ask proxy", "http://p:1 for a:80");
  CHECK(explain(static_cast<const std::exception&>(error)) ==
        "ask proxy http://p:1 for a:80: timed out; no answer in time");
}
