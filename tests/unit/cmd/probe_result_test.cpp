#include "cmd/probe_result.hpp"

#include <netdb.h>

#include <cerrno>
#include <functional>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cmd/probe_data.hpp"
#include "cmd/probe_text.hpp"
#include "cmd/values.hpp"
#include "sock/error.hpp"
#include "wire/tls_error.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using namespace std::chrono_literals;
using namespace std::string_literals;

Error failed(int err, const char* operation = "connect") {
  return {{err, std::system_category()}, operation, "x"};
}

template <class E>
std::exception_ptr pointer(const E& error) {
  return std::make_exception_ptr(error);
}

ProbeResult result(PortState state, Exit exit) {
  ProbeResult r;
  r.target = "host:22";
  r.state = state;
  r.exit = exit;
  return r;
}

}  // namespace

TEST_CASE("what a failure says about a port, and its code") {
  const struct {
    std::exception_ptr failure;
    PortState state;
    Exit exit;
  } rows[] = {
      {pointer(failed(ECONNREFUSED)), PortState::closed, Exit::unreachable},
      {pointer(failed(ECONNREFUSED, "recv")), PortState::closed, Exit::unreachable},
      {pointer(failed(ENOENT)), PortState::closed, Exit::unreachable},
      {pointer(failed(ETIMEDOUT)), PortState::filtered, Exit::timed_out},
      {pointer(Error(Errc::timed_out, "connect", "x")), PortState::filtered, Exit::timed_out},
      {pointer(Error(Errc::timed_out, "resolve", "x")), PortState::unresolved, Exit::not_found},
      {pointer(gaierror({EAI_NONAME, gai_category()}, "getaddrinfo", "x")), PortState::unresolved,
       Exit::not_found},
      {pointer(failed(EHOSTUNREACH)), PortState::unreachable, Exit::unreachable},
      {pointer(failed(ENETUNREACH, "send")), PortState::unreachable, Exit::unreachable},
      {pointer(failed(EACCES)), PortState::failed, Exit::unreachable},
      {pointer(failed(EMFILE, "socket")), PortState::failed, Exit::unavailable},
      {pointer(wire::TlsError(wire::TlsErrc::verification, "verify", "x", "expired")),
       PortState::insecure, Exit::insecure},
      {pointer(wire::TlsError(wire::TlsErrc::broken_off, "TLS handshake with", "x", "ended")),
       PortState::insecure, Exit::insecure},
      {pointer(Error(Errc::timed_out, "TLS handshake with", "x")), PortState::filtered,
       Exit::timed_out},
      {pointer(ErrorGroup("x", {failed(ENETUNREACH), failed(ECONNREFUSED)})), PortState::closed,
       Exit::unreachable},
      {pointer(ErrorGroup("x", {failed(ETIMEDOUT), failed(EACCES)})), PortState::filtered,
       Exit::timed_out},
  };
  for (const auto& row : rows) {
    const PortState state = state_of(row.failure);
    CAPTURE(note_of(row.failure));
    CHECK(text(state) == text(row.state));
    CHECK(exit_of(state, row.failure) == row.exit);
  }
  CHECK(exit_of(PortState::open, nullptr) == Exit::done);
  CHECK(exit_of(PortState::silent, nullptr) == Exit::timed_out);
  CHECK_THROWS_AS(state_of(pointer(UsageError("x"))), UsageError);
  CHECK(note_of(pointer(
            ErrorGroup("x", {failed(ECONNREFUSED), failed(ECONNREFUSED), failed(EACCES)}))) ==
        "connection refused, permission denied");
  CHECK(note_of(pointer(wire::TlsError(wire::TlsErrc::verification, "verify", "x", "expired"))) ==
        "certificate not accepted: expired");
  CHECK(note_of(pointer(wire::TlsError(wire::TlsErrc::handshake, "TLS handshake with", "x",
                                       "no"))) == "TLS handshake: no");
  CHECK(note_of(pointer(Error(Errc::timed_out, "TLS handshake with", "x"))) ==
        "TLS handshake: timed out");
}

TEST_CASE("all have to be open, or any; else the highest code counts") {
  const auto open = result(PortState::open, Exit::done);
  const auto closed = result(PortState::closed, Exit::unreachable);
  const auto silent = result(PortState::silent, Exit::timed_out);
  using Results = std::vector<ProbeResult>;
  CHECK(exit_of(Results{open, open}, false) == Exit::done);
  CHECK(exit_of(Results{open, closed}, false) == Exit::unreachable);
  CHECK(exit_of(Results{silent, open, closed}, false) == Exit::timed_out);
  CHECK(exit_of(Results{silent, open, closed}, true) == Exit::done);
  CHECK(exit_of(Results{silent, closed}, true) == Exit::timed_out);
}

TEST_CASE("results as a table, as objects, as lines") {
  ProbeResult open = result(PortState::open, Exit::done);
  open.address = "192.0.2.1:22";
  open.time = 1500us;
  ProbeResult closed = result(PortState::closed, Exit::unreachable);
  closed.note = "connection refused";
  CHECK(table_text(std::vector<ProbeResult>{open, closed}) ==
        "TARGET   STATE   TIME   ADDRESS       NOTE\n"
        "host:22  open    1.5ms  192.0.2.1:22  -\n"
        "host:22  closed  -      -             connection refused\n");
  const auto json = nlohmann::json::parse(json_text(open));
  CHECK(json["target"] == "host:22");
  CHECK(json["state"] == "open");
  CHECK(json["seconds"] == 0.0015);
  CHECK(json["address"] == "192.0.2.1:22");
  CHECK_FALSE(json.contains("cause"));
  CHECK_FALSE(nlohmann::json::parse(json_text(closed)).contains("seconds"));
  CHECK_FALSE(json.contains("tls"));
  open.tls = "TLSv1.3, 29 days left";
  CHECK(nlohmann::json::parse(json_text(open))["tls"] == open.tls);
  CHECK(table_text(std::vector<ProbeResult>{open}).ends_with("  TLSv1.3, 29 days left\n"));
  CHECK(nlohmann::json::parse(json_text(closed))["cause"] == "connection refused");
  CHECK(line_text(closed) == "probe host:22: closed: connection refused");
}

TEST_CASE("probe data by name, as text and as digits") {
  CHECK(parse_probe_data("text:a:b\\n") == "a:b\\n");
  CHECK(parse_probe_data("text:").empty());
  CHECK(parse_probe_data("hex:00fFa0") == "\0\xff\xa0"s);
  CHECK(parse_probe_data("ntp").size() == 48);
  // One question, and after the 12 bytes of the header the root's NS.
  const std::string dns = parse_probe_data("dns");
  CHECK(dns.substr(2) == "\x01\0\0\x01\0\0\0\0\0\0\0\0\x02\0\x01"s);
  for (const char* wrong : {"", "http", "hex:0", "hex:0g", "text", "DNS"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(parse_probe_data(wrong), UsageError);
  }
}
