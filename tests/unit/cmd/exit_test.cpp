#include "cmd/exit.hpp"

#include <netdb.h>

#include <cerrno>
#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "wire/candidates.hpp"
#include "wire/endpoint.hpp"
#include "wire/proxy_error.hpp"

namespace {

using namespace sock;
using sock::cmd::Exit;
using sock::cmd::exit_of;

Exit exit_of_thrown(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return exit_of(error);
  }
  return Exit::done;
}

TEST_CASE("every failure has the exit code of its kind") {
  struct Row {
    const char* what;
    std::function<void()> fail;
    Exit expected;
  };
  const auto errno_of = [](int err, const char* operation) {
    return [=] { throw_errno(err, operation, "x"); };
  };
  const auto errc_of = [](Errc cause, const char* operation) {
    return [=] { throw_error(cause, operation, "x"); };
  };
  const std::vector<Row> rows{
      {"refused", errno_of(ECONNREFUSED, "connect"), Exit::unreachable},
      {"reset while connecting", errno_of(ECONNRESET, "connect"), Exit::unreachable},
      {"no route", errno_of(ENETUNREACH, "connect"), Exit::unreachable},
      {"no socket file", errno_of(ENOENT, "connect"), Exit::unreachable},
      {"no such local address", errno_of(EADDRNOTAVAIL, "bind"), Exit::unavailable},
      {"in use", errno_of(EADDRINUSE, "bind"), Exit::unavailable},
      {"in use at listen", errno_of(EADDRINUSE, "listen"), Exit::unavailable},
      {"low port", errno_of(EACCES, "bind"), Exit::unavailable},
      {"no family", errno_of(EAFNOSUPPORT, "socket"), Exit::unavailable},
      {"no right to a raw socket", errno_of(EPERM, "socket"), Exit::unavailable},
      {"wrong type for the socket file", errno_of(EPROTOTYPE, "connect"), Exit::unavailable},
      {"a descriptor that is not open", errno_of(EBADF, "adopt"), Exit::unavailable},
      {"a descriptor that is no socket", errno_of(ENOTSOCK, "adopt"), Exit::unavailable},
      {"option", errno_of(ENOPROTOOPT, "set option"), Exit::unavailable},
      {"our deadline", errc_of(Errc::timed_out, "connect"), Exit::timed_out},
      {"look-up's deadline", errc_of(Errc::timed_out, "resolve"), Exit::timed_out},
      {"the kernel's patience", errno_of(ETIMEDOUT, "connect"), Exit::timed_out},
      {"reset later", errno_of(ECONNRESET, "recv"), Exit::broken},
      {"a file that is not there", errno_of(ENOENT, "open"), Exit::usage},
      {"a file of a device that is not there", errno_of(ENODEV, "open"), Exit::usage},
      {"a directory where a file is to be made", errno_of(EISDIR, "rename"), Exit::usage},
      {"disk full", errno_of(ENOSPC, "write"), Exit::broken},
      {"name",
       [] {
         throw gaierror({EAI_NONAME, gai_category()}, "getaddrinfo", "x");
       },
       Exit::not_found},
      {"look-up's system error", errno_of(EMFILE, "getaddrinfo"), Exit::not_found},
      {"host entry",
       [] {
         throw sock::herror({HOST_NOT_FOUND, host_category()}, "gethostbyaddr", "x");
       },
       Exit::not_found},
      {"no addresses", errc_of(Errc::no_addresses, "resolve"), Exit::not_found},
      {"interface", errc_of(Errc::interface_not_found, "bind"), Exit::unavailable},
      {"long path", errc_of(Errc::path_too_long, "connect"), Exit::usage},
      {"proxy", [] { throw wire::ProxyError(wire::ProxyErrc::refused, "ask proxy", "x", "no"); },
       Exit::proxy},
      {"proxy that does not answer", errc_of(Errc::timed_out, "ask proxy"), Exit::timed_out},
      {"usage", [] { throw wire::UsageError("x"); }, Exit::usage},
      {"address", [] { wire::parse_endpoint("["); }, Exit::usage},
      {"command", [] { throw cmd::CommandError(Exit::no_such_command, "x"); },
       Exit::no_such_command},
      {"anything else", [] { throw std::runtime_error("x"); }, Exit::broken}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(exit_of_thrown(row.fail) == row.expected);
  }
}

TEST_CASE("of several attempts the last decides") {
  const Error refused({ECONNREFUSED, std::system_category()}, "connect", "a");
  const Error late(Errc::timed_out, "connect", "b");
  CHECK(exit_of(ErrorGroup("connect x", {refused, late})) == Exit::timed_out);
  CHECK(exit_of(ErrorGroup("connect x", {late, refused})) == Exit::unreachable);
}

TEST_CASE("the codes are those of the manual") {
  CHECK(code(Exit::done) == 0);
  CHECK(code(Exit::broken) == 1);
  CHECK(code(Exit::usage) == 2);
  CHECK(code(Exit::not_found) == 3);
  CHECK(code(Exit::unreachable) == 4);
  CHECK(code(Exit::timed_out) == 5);
  CHECK(code(Exit::proxy) == 7);
  CHECK(code(Exit::unavailable) == 8);
  CHECK(code(Exit::cannot_run) == 126);
  CHECK(code(Exit::no_such_command) == 127);
}

}  // namespace
