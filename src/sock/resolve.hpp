// Names of hosts, services, protocols and interfaces, as the system looks them up.
#pragma once

#include <netdb.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sock/address.hpp"

namespace sock {

struct AddressInfo {
  int family, type, protocol;
  std::string canonname;  // only in the first, and only with AI_CANONNAME
  Address address;
};

// getaddrinfo(3). No host: the wildcard or loopback, by AI_PASSIVE; no service: port 0. A service
// may be a name or a number as text, which is not range-checked. A host that is not ASCII is
// encoded by IDNA out of the locale's character set (setlocale(3)). Throws gaierror; EAI_SYSTEM is
// the errno's Error.
std::vector<AddressInfo> getaddrinfo(std::optional<std::string_view> host,
                                     std::optional<std::string_view> service,
                                     int family = AF_UNSPEC, int type = 0, int protocol = 0,
                                     int flags = 0);
template <std::integral Port>
std::vector<AddressInfo> getaddrinfo(std::optional<std::string_view> host, Port port,
                                     int family = AF_UNSPEC, int type = 0, int protocol = 0,
                                     int flags = 0) {
  return getaddrinfo(host, std::string_view(std::to_string(port)), family, type, protocol, flags);
}
// C's way to say "none" would be taken for a text.
template <std::same_as<std::nullptr_t> Null, class... Rest>
void getaddrinfo(Null, Rest&&...) = delete;
template <std::same_as<std::nullptr_t> Null, class... Rest>
void getaddrinfo(std::optional<std::string_view>, Null, Rest&&...) = delete;

// getnameinfo(3) of an INET or INET6 address: (host, service), "%scope" included. Throws gaierror.
std::pair<std::string, std::string> getnameinfo(const Address&, int flags = 0);
// The same for a numeric host as text (AI_NUMERICHOST). Throws gaierror; flowinfo above 0xfffff:
// std::out_of_range; a flowinfo or scope with an IPv4 host: Error.
std::pair<std::string, std::string> getnameinfo(std::string_view host, int port,
                                                std::uint32_t flowinfo, std::uint32_t scope_id,
                                                int flags);

struct HostEntry {
  std::string name;
  std::vector<std::string> aliases;
  std::vector<std::string> addresses;  // numeric
};
// IPv4 only, as documented; the first address in dotted form. Throws gaierror.
std::string gethostbyname(std::string_view host);
// Throw gaierror when the host cannot be resolved, herror when it has no entry.
HostEntry gethostbyname_ex(std::string_view host);
HostEntry gethostbyaddr(std::string_view host);

// The fully qualified name: the first with a dot of gethostbyaddr's name and aliases, else its
// name; `name` itself where that fails. "", "0.0.0.0" and "::" mean gethostname().
std::string getfqdn(std::string_view name = {});

std::string gethostname();
void sethostname(std::string_view);

// protocol: "tcp", "udp", ..., or any. Throw Error (Errc::service_not_found, port_not_found,
// protocol_not_found).
std::uint16_t getservbyname(std::string_view service,
                            std::optional<std::string_view> protocol = {});
std::string getservbyport(int port, std::optional<std::string_view> protocol = {});
int getprotobyname(std::string_view protocol);

// inet(3). inet_aton takes "1.2.3", octal and hexadecimal; all throw Error
// (Errc::illegal_address_text) for other text and std::invalid_argument for a packed form of the
// wrong length. inet_pton: EAFNOSUPPORT for other families than INET and INET6.
std::string inet_aton(std::string_view);
std::string inet_ntoa(std::string_view packed);
std::string inet_pton(int family, std::string_view);
std::string inet_ntop(int family, std::string_view packed);

struct Interface {
  unsigned index;
  std::string name;
};
std::vector<Interface> if_nameindex();
unsigned if_nametoindex(std::string_view);  // Error (Errc::interface_not_found)
std::string if_indextoname(unsigned);       // Error (ENXIO)

}  // namespace sock
