// What goes wrong, as exceptions: every error says which operation, on what, and why.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace sock {

// Failures that have no errno: the cause is the library's, or a database look-up's.
enum class Errc {
  timed_out = 1,         // our own deadline passed; equivalent to std::errc::timed_out
  service_not_found,     // getservbyname: "service/proto not found"
  port_not_found,        // getservbyport: "port/proto not found"
  protocol_not_found,    // getprotobyname: "protocol not found"
  interface_not_found,   // if_nametoindex: "no interface with this name"
  path_too_long,         // "AF_UNIX path too long"
  bad_family,            // "bad family": no maker of addresses for this family
  family_mismatch,       // "address family mismatched": <broadcast> outside AF_INET
  no_addresses,          // "getaddrinfo returns an empty list"
  illegal_address_text,  // inet_aton, inet_pton: "illegal IP address string"
  option_length,         // "getsockopt buflen out of range"
  ancillary_too_large,   // "ancillary data item too large"
  ancillary_too_much,    // "too much ancillary data"
  name_too_long,         // an interface or algorithm name that does not fit its field
  timed_out_stream,      // makefile(): "cannot read from timed out object"
};

// The category of Errc.
const std::error_category& error_category() noexcept;
// EAI_* with gai_strerror(3)'s texts.
const std::error_category& gai_category() noexcept;
// h_errno's values with hstrerror(3)'s texts.
const std::error_category& host_category() noexcept;

std::error_code make_error_code(Errc) noexcept;

// Python: OSError. what() reads "operation subject: cause".
class Error : public std::system_error {
 public:
  Error(std::error_code code, std::string operation, std::string subject = {},
        std::size_t transferred = 0);

  const std::string& operation() const noexcept { return context_->operation; }
  // What it was done to: an address, a name, "fd 3"; empty where there is none.
  const std::string& subject() const noexcept { return context_->subject; }
  // Bytes that sendall() or sendfile() had handed to the kernel before it failed.
  std::size_t transferred() const noexcept { return transferred_; }

 private:
  struct Context {
    std::string operation;
    std::string subject;
  };
  std::shared_ptr<const Context> context_;  // shared, so that copying an exception never throws
  std::size_t transferred_;
};

// The deadline passed (Errc::timed_out, no errno) or the kernel said ETIMEDOUT.
class TimeoutError : public Error {
  using Error::Error;
};
// EAGAIN, EALREADY, EINPROGRESS.
class BlockingIOError : public Error {
  using Error::Error;
};
// EINTR: the interrupt handler asked for the call to stop, or a non-blocking connect was cut short.
class InterruptedError : public Error {
  using Error::Error;
};
class ConnectionError : public Error {
  using Error::Error;
};
class ConnectionRefusedError : public ConnectionError {  // ECONNREFUSED
  using ConnectionError::ConnectionError;
};
class ConnectionResetError : public ConnectionError {  // ECONNRESET
  using ConnectionError::ConnectionError;
};
class ConnectionAbortedError : public ConnectionError {  // ECONNABORTED
  using ConnectionError::ConnectionError;
};
class BrokenPipeError : public ConnectionError {  // EPIPE, ESHUTDOWN
  using ConnectionError::ConnectionError;
};
// getaddrinfo(3) and getnameinfo(3) failed; code() is in gai_category().
class gaierror : public Error {
  using Error::Error;
};
// gethostbyname_r(3) and gethostbyaddr_r(3) failed; code() is in host_category().
class herror : public Error {
  using Error::Error;
};

// Every failure of an operation that made several attempts, in their order.
class ErrorGroup : public std::runtime_error {
 public:
  ErrorGroup(std::string_view what, std::vector<Error> errors);
  const std::vector<Error>& errors() const noexcept { return *errors_; }

 private:
  std::shared_ptr<const std::vector<Error>> errors_;
};

// Throws the subclass of Error that documents `err` (an errno).
[[noreturn]] void throw_errno(int err, std::string operation, std::string subject = {},
                              std::size_t transferred = 0);
// Throws TimeoutError for Errc::timed_out and Error for the others.
[[noreturn]] void throw_error(Errc, std::string operation, std::string subject = {},
                              std::size_t transferred = 0);

}  // namespace sock

template <>
struct std::is_error_code_enum<sock::Errc> : std::true_type {};
