#include "cmd/explain.hpp"

#include <netdb.h>

#include <cerrno>
#include <vector>

#include <doctest/doctest.h>

#include "cmd/limit_passed.hpp"
#include "io/socket_calls.hpp"

namespace {

using namespace sock;
using sock::cmd::explain;
using sock::cmd::LimitPassed;

Error error_of(int err, const char* operation, const char* subject) {
  return Error({err, std::system_category()}, operation, subject);
}

TEST_CASE("a failure says operation, subject, cause and cure") {
  struct Row {
    Error error;
    const char* expected;
  };
  const std::vector<Row> rows{
      {error_of(ECONNREFUSED, "connect", "192.0.2.1:81"),
       "connect 192.0.2.1:81: connection refused; nothing listens there"},
      {error_of(ECONNREFUSED, "connect", "unix:/run/x"),
       "connect unix:/run/x: connection refused; the socket file is there, but no program listens "
       "on it"},
      {error_of(EADDRINUSE, "bind", "0.0.0.0:80"),
       "bind 0.0.0.0:80: address already in use; another program listens there; choose another "
       "port or see 'ss -ltnp'"},
      {error_of(EADDRINUSE, "bind", "udp:0.0.0.0:53"),
       "bind udp:0.0.0.0:53: address already in use; another program listens there; choose "
       "another port or see 'ss -lunp'"},
      {error_of(EACCES, "bind", "0.0.0.0:80"),
       "bind 0.0.0.0:80: permission denied; ports below 1024 need root or CAP_NET_BIND_SERVICE"},
      {gaierror({EAI_NONAME, gai_category()}, "getaddrinfo", "example.tset"),
       "getaddrinfo example.tset: EAI_NONAME: name or service not known; check the spelling; no "
       "such host, or no such service (see /etc/services)"},
      {gaierror({EAI_NONAME, gai_category()}, "getaddrinfo", "[fe80::1%nope]:22"),
       "getaddrinfo [fe80::1%nope]:22: EAI_NONAME: name or service not known; there is no "
       "interface of that name; see 'ip link'"},
      {Error(Errc::timed_out, "connect", "192.0.2.1:81"),
       "connect 192.0.2.1:81: timed out; no answer in time: the host is down, or a firewall drops "
       "the packets"},
      {Error(Errc::timed_out, "resolve", "a.test"),
       "resolve a.test: timed out; the name servers did not answer in time; see /etc/resolv.conf, "
       "or give it more time"},
      {gaierror({EAI_NONAME, gai_category()}, "getnameinfo", "192.0.2.1:0"),
       "getnameinfo 192.0.2.1:0: EAI_NONAME: name or service not known; that address has no name"},
      {Error(Errc::port_not_found, "getservbyport", "7"),
       "getservbyport 7: port/proto not found; see /etc/services"},
      {error_of(EPERM, "sethostname", "a"),
       "sethostname a: operation not permitted; to set the name needs root or CAP_SYS_ADMIN"},
      {error_of(ENOSPC, "write", "standard output"),
       "write standard output: no space left on device"},
      {error_of(EBADMSG, "read", "standard input"),
       "read standard input: bad message; it ends within a datagram: its length promised more; see "
       "--framing"},
      {error_of(EMFILE, "accept", ""),
       "accept: too many open files; raise the limit of open files with 'ulimit -n'"}};
  for (const Row& row : rows) CHECK(explain(row.error) == row.expected);
}

TEST_CASE("a datagram that is lost is told with its size, where that is known") {
  CHECK(explain(io::CutMessage(60003, "udp:192.0.2.1:53")) ==
        "recv udp:192.0.2.1:53: message too long; lost a datagram of 60003 bytes, too large to be "
        "read at once: give --recv-size 60003");
  CHECK(explain(io::CutMessage(0, "isotp:a")) ==
        "recv isotp:a: message too long; lost a datagram, too large to be read at once: see "
        "--recv-size");
}

TEST_CASE("a limit that has passed is called by its name") {
  const auto explained = [](const char* operation) {
    return explain(LimitPassed(TimeoutError(Errc::timed_out, operation, "a:1"), "--deadline 2s"));
  };
  CHECK(explained("connect") ==
        "connect a:1: timed out; no answer within --deadline 2s: the host is down, or a firewall "
        "drops the packets");
  CHECK(explained("TLS handshake with") ==
        "TLS handshake with a:1: timed out; it was not done within --deadline 2s");
  CHECK(explained("ask proxy") == "ask proxy a:1: timed out; no answer within --deadline 2s");
  CHECK(explained("resolve") ==
        "resolve a:1: timed out; the name servers did not answer within --deadline 2s; see "
        "/etc/resolv.conf, or give it more time");
}

TEST_CASE("several attempts are a line each, and the cure is said once") {
  const ErrorGroup group("connect localhost:81",
                         {error_of(ECONNREFUSED, "connect", "[::1]:81"),
                          error_of(ECONNREFUSED, "connect", "127.0.0.1:81")});
  CHECK(explain(group) ==
        "connect [::1]:81: connection refused\n"
        "connect 127.0.0.1:81: connection refused; nothing listens there");
}

TEST_CASE("text from elsewhere cannot begin a line or reach a terminal's controls") {
  CHECK(explain(error_of(EIO, "read", "a\nb\x1b[2J")) ==
        "read a\\x0ab\\x1b[2J: input/output error");
  CHECK(explain(std::runtime_error("a\nb")) == "a\\x0ab");
}

}  // namespace
