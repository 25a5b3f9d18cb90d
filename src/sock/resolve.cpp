#include "sock/resolve.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <utility>

#include "sock/error.hpp"
#include "sock/netdb.hpp"
#include "sock/sockaddr.hpp"

namespace sock {

using detail::c_text;

namespace {

using AddressList =
    std::unique_ptr<addrinfo, decltype([](addrinfo* list) { ::freeaddrinfo(list); })>;

bool is_ascii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) > 0x7f) return false;
  return true;
}

std::string subject(const std::string& host, const std::string& service) {
  if (host.empty() || service.empty()) return host + service;
  return (host.find(':') == host.npos ? host : '[' + host + ']') + ':' + service;
}

// `err` is the errno that EAI_SYSTEM refers to.
[[noreturn]] void throw_gai(int code, int err, const char* operation, std::string subject) {
  if (code == EAI_SYSTEM) throw_errno(err, operation, std::move(subject));
  throw gaierror({code, gai_category()}, operation, std::move(subject));
}

// protocol: any when absent. call(protocol): the look-up.
template <class Call>
detail::NetdbAnswer<servent> service_entry(std::optional<std::string_view> protocol, Call call) {
  const std::string text = c_text(protocol.value_or(""), "a protocol's name");
  const char* wanted = protocol ? text.c_str() : nullptr;
  return detail::NetdbAnswer<servent>([&](auto... out) { return call(wanted, out...); });
}

std::string with_protocol(std::string text, std::optional<std::string_view> protocol) {
  if (protocol) text.append(1, '/').append(*protocol);
  return text;
}

// The length of a packed address; 0 for other families.
std::size_t packed_size(int family) {
  return family == AF_INET ? sizeof(in_addr) : family == AF_INET6 ? sizeof(in6_addr) : 0;
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
  if (code != 0) throw_gai(code, err, "getaddrinfo", subject(host_text, service_text));

  const AddressList list(found);
  std::vector<AddressInfo> result;
  for (const addrinfo* entry = found; entry; entry = entry->ai_next)
    result.push_back({entry->ai_family, entry->ai_socktype, entry->ai_protocol,
                      entry->ai_canonname ? entry->ai_canonname : "",
                      Address::from(entry->ai_addr, entry->ai_addrlen)});
  return result;
}

Address Address::resolve(int family, std::string_view host, int port, std::uint32_t flowinfo,
                         std::uint32_t scope_id) {
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
  detail::checked_port(port);  // before anybody is asked
  in6_addr numeric;
  if (::inet_pton(inet6 ? AF_INET6 : AF_INET, std::string(host).c_str(), &numeric) == 1)
    return inet6 ? Address::inet6(host, port, flowinfo, scope_id) : inet(host, port);
  const Address found =
      sock::getaddrinfo(host, std::nullopt, inet6 ? AF_INET6 : AF_INET).front().address;
  if (!inet6) return inet(found.host(), port);
  return Address::inet6(found.host(), port, flowinfo, scope_id != 0 ? scope_id : found.scope_id());
}

std::pair<std::string, std::string> getnameinfo(const Address& address, int flags) {
  if (address.family() != AF_INET && address.family() != AF_INET6)
    throw_gai(EAI_FAMILY, 0, "getnameinfo", to_string(address));
  char host[NI_MAXHOST];
  char service[NI_MAXSERV];
  const int code = ::getnameinfo(address.data(), address.size(), host, sizeof host, service,
                                 sizeof service, flags);
  const int err = errno;
  if (code != 0) throw_gai(code, err, "getnameinfo", to_string(address));
  return {host, service};
}

std::pair<std::string, std::string> getnameinfo(std::string_view host, int port,
                                                std::uint32_t flowinfo, std::uint32_t scope_id,
                                                int flags) {
  if (flowinfo > 0xfffff) throw std::out_of_range("flowinfo must be 0-1048575");
  const Address address =
      sock::getaddrinfo(host, detail::checked_port(port), AF_UNSPEC, SOCK_DGRAM, 0, AI_NUMERICHOST)
          .front()
          .address;
  if (address.family() == AF_INET6)
    return sock::getnameinfo(Address::inet6(address.host(), port, flowinfo,
                                            scope_id != 0 ? scope_id : address.scope_id()),
                             flags);
  if (flowinfo != 0 || scope_id != 0)
    throw_error(Errc::family_mismatch, "getnameinfo", std::string(host));
  return sock::getnameinfo(address, flags);
}

std::uint16_t getservbyname(std::string_view service, std::optional<std::string_view> protocol) {
  const std::string name = c_text(service, "a service's name");
  const auto entry = service_entry(protocol, [&](const char* wanted, auto... out) {
    return ::getservbyname_r(name.c_str(), wanted, out...);
  });
  if (!entry) throw_error(Errc::service_not_found, "getservbyname", with_protocol(name, protocol));
  return ntohs(static_cast<std::uint16_t>(entry->s_port));
}

std::string getservbyport(int port, std::optional<std::string_view> protocol) {
  const std::uint16_t number = detail::checked_port(port);
  const auto entry = service_entry(protocol, [&](const char* wanted, auto... out) {
    return ::getservbyport_r(htons(number), wanted, out...);
  });
  if (!entry)
    throw_error(Errc::port_not_found, "getservbyport",
                with_protocol(std::to_string(port), protocol));
  return entry->s_name;
}

int getprotobyname(std::string_view protocol) {
  const std::string name = c_text(protocol, "a protocol's name");
  const detail::NetdbAnswer<protoent> entry(
      [&](auto... out) { return ::getprotobyname_r(name.c_str(), out...); });
  if (!entry) throw_error(Errc::protocol_not_found, "getprotobyname", name);
  return entry->p_proto;
}

std::string inet_aton(std::string_view text) {
  in_addr ip;
  // inet_aton(3) ignores whatever follows white space.
  const bool whole = text.find_first_of(std::string_view("\0 \t\n\v\f\r", 7)) == text.npos;
  if (!whole || ::inet_aton(std::string(text).c_str(), &ip) == 0)
    throw_error(Errc::illegal_address_text, "inet_aton", std::string(text));
  return {reinterpret_cast<const char*>(&ip), sizeof ip};
}

std::string inet_ntoa(std::string_view packed) { return sock::inet_ntop(AF_INET, packed); }

std::string inet_pton(int family, std::string_view text) {
  std::string packed(packed_size(family), '\0');
  if (packed.empty()) throw_errno(EAFNOSUPPORT, "inet_pton", std::string(text));
  if (text.find('\0') != text.npos ||
      ::inet_pton(family, std::string(text).c_str(), packed.data()) != 1)
    throw_error(Errc::illegal_address_text, "inet_pton", std::string(text));
  return packed;
}

std::string inet_ntop(int family, std::string_view packed) {
  if (packed_size(family) == 0)
    throw std::invalid_argument("unknown address family " + std::to_string(family));
  if (packed.size() != packed_size(family))
    throw std::invalid_argument("invalid length of packed IP address string");
  char text[INET6_ADDRSTRLEN];
  return ::inet_ntop(family, packed.data(), text, sizeof text);
}

std::vector<Interface> if_nameindex() {
  const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> list(
      ::if_nameindex(), &::if_freenameindex);
  const int err = errno;
  if (!list) throw_errno(err, "if_nameindex");
  std::vector<Interface> result;
  for (const auto* entry = list.get(); entry->if_index != 0; ++entry)
    result.push_back({entry->if_index, entry->if_name});
  return result;
}

unsigned if_nametoindex(std::string_view name) {
  const std::string text = c_text(name, "an interface's name");
  const unsigned index = ::if_nametoindex(text.c_str());
  if (index == 0) throw_error(Errc::interface_not_found, "if_nametoindex", text);
  return index;
}

std::string if_indextoname(unsigned index) {
  char name[IF_NAMESIZE];
  if (!::if_indextoname(index, name)) {
    const int err = errno;
    throw_errno(err, "if_indextoname", std::to_string(index));
  }
  return name;
}

}  // namespace sock
