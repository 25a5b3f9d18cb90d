// Hosts as gethostbyname(3) and its kin know them, and this host's own name.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sock/error.hpp"
#include "sock/netdb.hpp"
#include "sock/resolve.hpp"
#include "sock/sockaddr.hpp"

namespace sock {

using detail::as;

namespace {

std::vector<std::string> numeric_addresses(int family, char** addresses) {
  std::vector<std::string> result;
  char text[INET6_ADDRSTRLEN];
  for (; *addresses; ++addresses)
    if (::inet_ntop(family, *addresses, text, sizeof text)) result.emplace_back(text);
  return result;
}

// call: one of gethostby*_r, which says in its last argument what went wrong.
template <class Call>
HostEntry host_entry(const char* operation, std::string_view subject, Call call) {
  int cause = 0;
  const detail::NetdbAnswer<hostent> host(
      [&](hostent* entry, char* buffer, std::size_t size, hostent** found) {
        return call(entry, buffer, size, found, &cause);
      });
  if (!host) {
    if (cause == NETDB_INTERNAL) throw_errno(host.error(), operation, std::string(subject));
    throw herror({cause, host_category()}, operation, std::string(subject));
  }
  HostEntry result{host->h_name, {}, numeric_addresses(host->h_addrtype, host->h_addr_list)};
  for (char** alias = host->h_aliases; *alias; ++alias) result.aliases.emplace_back(*alias);
  return result;
}

template <class Ip>
HostEntry entry_of(int family, const Ip& ip, std::string_view subject) {
  return host_entry("gethostbyaddr", subject,
                    [&](auto... out) { return ::gethostbyaddr_r(&ip, sizeof ip, family, out...); });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\n\r\f\v";
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

}  // namespace

std::string gethostbyname(std::string_view host) {
  return Address::resolve(AF_INET, host, 0).host();
}

HostEntry gethostbyname_ex(std::string_view host) {
  const std::string name = detail::c_text(host, "a host's name");
  // Whether it can be resolved at all; the entry says more.
  (void)Address::resolve(AF_INET, host, 0);
  return host_entry("gethostbyname_ex", host,
                    [&](auto... out) { return ::gethostbyname_r(name.c_str(), out...); });
}

HostEntry gethostbyaddr(std::string_view host) {
  const Address address = sock::getaddrinfo(host, std::nullopt).front().address;
  return address.family() == AF_INET6
             ? entry_of(AF_INET6, as<sockaddr_in6>(address).sin6_addr, host)
             : entry_of(AF_INET, as<sockaddr_in>(address).sin_addr, host);
}

std::string getfqdn(std::string_view name) {
  std::string asked(trimmed(name));
  if (asked.empty() || asked == "0.0.0.0" || asked == "::") asked = gethostname();
  try {
    const HostEntry entry = gethostbyaddr(asked);
    if (entry.name.find('.') != std::string::npos) return entry.name;
    for (const std::string& alias : entry.aliases)
      if (alias.find('.') != std::string::npos) return alias;
    return entry.name;
  } catch (const Error&) {
    return asked;
  }
}

std::string gethostname() {
  char name[NI_MAXHOST];
  if (::gethostname(name, sizeof name) != 0) {
    const int err = errno;
    throw_errno(err, "gethostname");
  }
  return name;
}

void sethostname(std::string_view name) {
  if (::sethostname(name.data(), name.size()) == 0) return;
  const int err = errno;
  throw_errno(err, "sethostname", std::string(name));
}

}  // namespace sock
