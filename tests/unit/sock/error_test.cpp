#include "sock/error.hpp"

#include <netdb.h>

#include <cerrno>
#include <cstring>
#include <type_traits>
#include <typeinfo>

#include <doctest/doctest.h>

using namespace sock;

namespace {

const std::type_info& class_for(int err) {
  try {
    throw_errno(err, "op", "subject", 7);
  } catch (const Error& e) {
    CHECK(e.code() == std::error_code(err, std::system_category()));
    CHECK(e.operation() == "op");
    CHECK(e.subject() == "subject");
    CHECK(e.transferred() == 7);
    return typeid(e);
  }
}

}  // namespace

TEST_CASE("an error reads as operation, subject and cause") {
  const Error e({ENOENT, std::system_category()}, "connect", "unix:/run/x");
  CHECK(e.what() == std::string("connect unix:/run/x: ") + std::strerror(ENOENT));
  CHECK(e.transferred() == 0);
}

TEST_CASE("a NUL in the subject does not cut what an error says") {
  const Error e(Errc::path_too_long, "address", std::string("\0abc", 4));
  CHECK(e.what() == std::string("address \\0abc: AF_UNIX path too long"));
  CHECK(e.subject().size() == 4);
}

TEST_CASE("without a subject an error reads as operation and cause") {
  const Error e(Errc::no_addresses, "create_connection");
  CHECK(e.what() == std::string("create_connection: getaddrinfo returns an empty list"));
  CHECK(e.subject().empty());
}

TEST_CASE("an errno is thrown as the class that documents it") {
  CHECK(class_for(EAGAIN) == typeid(BlockingIOError));
  CHECK(class_for(EWOULDBLOCK) == typeid(BlockingIOError));
  CHECK(class_for(EALREADY) == typeid(BlockingIOError));
  CHECK(class_for(EINPROGRESS) == typeid(BlockingIOError));
  CHECK(class_for(EINTR) == typeid(InterruptedError));
  CHECK(class_for(ETIMEDOUT) == typeid(TimeoutError));
  CHECK(class_for(ECONNREFUSED) == typeid(ConnectionRefusedError));
  CHECK(class_for(ECONNRESET) == typeid(ConnectionResetError));
  CHECK(class_for(ECONNABORTED) == typeid(ConnectionAbortedError));
  CHECK(class_for(EPIPE) == typeid(BrokenPipeError));
  CHECK(class_for(ESHUTDOWN) == typeid(BrokenPipeError));
  CHECK(class_for(EBADF) == typeid(Error));
}

TEST_CASE("the four ends of a connection are connection errors") {
  CHECK_THROWS_AS(throw_errno(ECONNREFUSED, "connect"), ConnectionError);
  CHECK_THROWS_AS(throw_errno(ECONNRESET, "recv"), ConnectionError);
  CHECK_THROWS_AS(throw_errno(ECONNABORTED, "accept"), ConnectionError);
  CHECK_THROWS_AS(throw_errno(EPIPE, "send"), ConnectionError);
}

TEST_CASE("our own deadline is a TimeoutError that equals std::errc::timed_out but has no errno") {
  try {
    throw_error(Errc::timed_out, "recv", "192.0.2.1:80", 3);
  } catch (const TimeoutError& e) {
    CHECK(e.code() == std::errc::timed_out);
    CHECK(e.code() == Errc::timed_out);
    CHECK(e.code().category() == error_category());
    CHECK(e.what() == std::string("recv 192.0.2.1:80: timed out"));
    CHECK(e.transferred() == 3);
  }
  CHECK(std::error_code(ETIMEDOUT, std::system_category()) == std::errc::timed_out);
}

TEST_CASE("only the deadline counts as timed out") {
  CHECK(make_error_code(Errc::timed_out_stream) != std::errc::timed_out);
  CHECK(make_error_code(Errc::bad_family) != std::errc::timed_out);
  CHECK_THROWS_AS(throw_error(Errc::bad_family, "bind"), Error);
  try {
    throw_error(Errc::timed_out_stream, "read");
  } catch (const Error& e) {
    CHECK(typeid(e) == typeid(Error));
  }
}

TEST_CASE("every cause of ours has its text") {
  const std::pair<Errc, const char*> table[] = {
      {Errc::timed_out, "timed out"},
      {Errc::service_not_found, "service/proto not found"},
      {Errc::port_not_found, "port/proto not found"},
      {Errc::protocol_not_found, "protocol not found"},
      {Errc::interface_not_found, "no interface with this name"},
      {Errc::path_too_long, "AF_UNIX path too long"},
      {Errc::bad_family, "bad family"},
      {Errc::family_mismatch, "address family mismatched"},
      {Errc::no_addresses, "getaddrinfo returns an empty list"},
      {Errc::illegal_address_text, "illegal IP address string"},
      {Errc::option_length, "getsockopt buflen out of range"},
      {Errc::ancillary_too_large, "ancillary data item too large"},
      {Errc::ancillary_too_much, "too much ancillary data"},
      {Errc::name_too_long, "name too long"},
      {Errc::timed_out_stream, "cannot read from timed out object"},
  };
  int next = 1;
  for (const auto& [code, text] : table) {
    CHECK(static_cast<int>(code) == next++);
    CHECK(make_error_code(code).message() == text);
  }
  CHECK(std::error_code(next, error_category()).message() ==
        "unknown error " + std::to_string(next));
  CHECK(std::error_code(0, error_category()).message() == "unknown error 0");
}

TEST_CASE("look-ups have the system's categories and texts") {
  CHECK(gai_category().message(EAI_NONAME) == ::gai_strerror(EAI_NONAME));
  CHECK(gai_category().message(EAI_AGAIN) == ::gai_strerror(EAI_AGAIN));
  CHECK(host_category().message(HOST_NOT_FOUND) == ::hstrerror(HOST_NOT_FOUND));
  CHECK(host_category().message(TRY_AGAIN) == ::hstrerror(TRY_AGAIN));
  CHECK(gai_category() != host_category());
  CHECK(std::string(error_category().name()) == "sock");
  CHECK(std::string(gai_category().name()) == "getaddrinfo");
  CHECK(std::string(host_category().name()) == "gethostby");
}

TEST_CASE("a group lists every failure in order") {
  std::vector<Error> errors{Error(Errc::timed_out, "connect", "[::1]:80"),
                            Error(Errc::bad_family, "connect", "family 99")};
  const ErrorGroup group("create_connection localhost:80", errors);
  CHECK(group.what() == std::string("create_connection localhost:80: connect [::1]:80: timed out; "
                                    "connect family 99: bad family"));
  REQUIRE(group.errors().size() == 2);
  CHECK(group.errors()[1].subject() == "family 99");
}

TEST_CASE("a copied exception keeps what it says, and copying never throws") {
  static_assert(std::is_nothrow_copy_constructible_v<Error>);
  static_assert(std::is_nothrow_copy_constructible_v<ErrorGroup>);
  const gaierror original({EAI_NONAME, gai_category()}, "getaddrinfo", "nosuch");
  const Error copy = original;
  CHECK(copy.subject() == "nosuch");
  CHECK(std::string(copy.what()) == original.what());
}
