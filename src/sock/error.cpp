#include "sock/error.hpp"

#include <netdb.h>

#include <cerrno>
#include <utility>

namespace sock {

namespace {

constexpr std::pair<Errc, const char*> texts[] = {
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

class SockCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "sock"; }
  std::string message(int value) const override {
    for (const auto& [code, text] : texts)
      if (value == static_cast<int>(code)) return text;
    return "unknown error " + std::to_string(value);
  }
  std::error_condition default_error_condition(int value) const noexcept override {
    if (static_cast<Errc>(value) == Errc::timed_out) return std::errc::timed_out;
    return {value, *this};
  }
};

class GaiCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "getaddrinfo"; }
  std::string message(int value) const override { return ::gai_strerror(value); }
};

class HostCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "gethostby"; }
  std::string message(int value) const override { return ::hstrerror(value); }
};

// what() ends at a NUL, which a subject may hold.
std::string join(const std::string& operation, const std::string& subject) {
  if (subject.empty()) return operation;
  std::string text = operation + ' ';
  for (const char c : subject)
    if (c == '\0')
      text += "\\0";
    else
      text += c;
  return text;
}

std::string list(std::string_view what, const std::vector<Error>& errors) {
  std::string text(what);
  const char* separator = ": ";
  for (const Error& e : errors) {
    text.append(separator).append(e.what());
    separator = "; ";
  }
  return text;
}

template <class E>
[[noreturn]] void raise(std::error_code code, std::string& operation, std::string& subject,
                        std::size_t transferred) {
  throw E(code, std::move(operation), std::move(subject), transferred);
}

}  // namespace

const std::error_category& error_category() noexcept {
  static const SockCategory category;
  return category;
}

const std::error_category& gai_category() noexcept {
  static const GaiCategory category;
  return category;
}

const std::error_category& host_category() noexcept {
  static const HostCategory category;
  return category;
}

std::error_code make_error_code(Errc e) noexcept { return {static_cast<int>(e), error_category()}; }

Error::Error(std::error_code code, std::string operation, std::string subject,
             std::size_t transferred)
    : std::system_error(code, join(operation, subject)),
      context_(std::make_shared<const Context>(Context{std::move(operation), std::move(subject)})),
      transferred_(transferred) {}

ErrorGroup::ErrorGroup(std::string_view what, std::vector<Error> errors)
    : std::runtime_error(list(what, errors)),
      errors_(std::make_shared<const std::vector<Error>>(std::move(errors))) {}

void throw_errno(int err, std::string operation, std::string subject, std::size_t transferred) {
  const std::error_code code(err, std::system_category());
  switch (err) {
    case EAGAIN:
    case EALREADY:
    case EINPROGRESS:
      raise<BlockingIOError>(code, operation, subject, transferred);
    case EINTR:
      raise<InterruptedError>(code, operation, subject, transferred);
    case ETIMEDOUT:
      raise<TimeoutError>(code, operation, subject, transferred);
    case ECONNREFUSED:
      raise<ConnectionRefusedError>(code, operation, subject, transferred);
    case ECONNRESET:
      raise<ConnectionResetError>(code, operation, subject, transferred);
    case ECONNABORTED:
      raise<ConnectionAbortedError>(code, operation, subject, transferred);
    case EPIPE:
    case ESHUTDOWN:
      raise<BrokenPipeError>(code, operation, subject, transferred);
    default:
      raise<Error>(code, operation, subject, transferred);
  }
}

void throw_error(Errc e, std::string operation, std::string subject, std::size_t transferred) {
  if (e == Errc::timed_out) raise<TimeoutError>(e, operation, subject, transferred);
  raise<Error>(e, operation, subject, transferred);
}

}  // namespace sock
