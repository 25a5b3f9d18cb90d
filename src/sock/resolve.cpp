#include "sock/resolve.hpp"

#include <netinet/in.h>

#include <cerrno>
#include <memory>
#include <stdexcept>

#include "sock/error.hpp"
#include "sock/sockaddr.hpp"

namespace sock {

namespace {

using AddressList =
    std::unique_ptr<addrinfo, decltype([](addrinfo* list) { ::freeaddrinfo(list); })>;

// A text for the system, which would stop at an embedded NUL and look up something else.
std::string c_text(std::string_view text, const char* what) {
  if (text.find('\0') != text.npos)
    throw std::invalid_argument(std::string("embedded NUL in ") + what);
  return std::string(text);
}

bool is_ascii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) > 0x7f) return false;
  return true;
}

// `err` is the errno that EAI_SYSTEM refers to.
[[noreturn]] void throw_gai(int code, int err, const char* operation, std::string subject) {
  if (code == EAI_SYSTEM) throw_errno(err, operation, std::move(subject));
  throw gaierror({code, gai_category()}, operation, std::move(subject));
}

}  // namespace

std::vector<AddressInfo> getaddrinfo(std::optional<std::string_view> host,
                                     std::optional<std::string_view> service, int family, int type,
                                     int protocol, int flags) {
  const std::string host_text = c_text(host.value_or(""), "a host's name");
  const std::string service_text = c_text(service.value_or(""), "a service's name");
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = type;
  hints.ai_protocol = protocol;
  hints.ai_flags = is_ascii(host_text) ? flags : flags | AI_IDN;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host ? host_text.c_str() : nullptr,
                                 service ? service_text.c_str() : nullptr, &hints, &found);
  const int err = errno;
  if (code != 0) throw_gai(code, err, "resolve", host ? host_text : service_text);

  const AddressList list(found);
  std::vector<AddressInfo> result;
  for (const addrinfo* entry = found; entry; entry = entry->ai_next)
    result.push_back({entry->ai_family, entry->ai_socktype, entry->ai_protocol,
                      entry->ai_canonname ? entry->ai_canonname : "",
                      Address::from(entry->ai_addr, entry->ai_addrlen)});
  return result;
}

Address Address::resolve(int family, std::string_view host, std::uint16_t port,
                         std::uint32_t flowinfo, std::uint32_t scope_id) {
  if (flowinfo > 0xfffff) throw std::out_of_range("flowinfo must be 0-1048575");
  const bool inet6 = family == AF_INET6;
  if (!inet6 && family != AF_INET && family != AF_RDS)
    throw_error(Errc::bad_family, "resolve", std::string(host));
  if (host.empty())
    return inet6 ? Address::inet6("::", port, flowinfo, scope_id) : inet("0.0.0.0", port);
  if (host == "<broadcast>" || host == "255.255.255.255") {
    if (inet6) throw_error(Errc::family_mismatch, "resolve", std::string(host));
    return inet("255.255.255.255", port);
  }
  // Takes a numeric host as it is, without asking anybody.
  const Address found =
      sock::getaddrinfo(host, std::nullopt, inet6 ? AF_INET6 : AF_INET).front().address;
  if (!inet6) return inet(found.host(), port);
  return Address::inet6(found.host(), port, flowinfo, scope_id != 0 ? scope_id : found.scope_id());
}

}  // namespace sock
