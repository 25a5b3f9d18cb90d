#include "sock/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "sock/error.hpp"
#include "sock/sockaddr.hpp"

namespace sock {

using detail::as;
using detail::to_address;
using detail::view_as;

namespace {

static_assert(offsetof(sockaddr_un, sun_path) == sizeof(sa_family_t));
constexpr std::size_t unix_path_offset = offsetof(sockaddr_un, sun_path);
constexpr std::size_t unix_path_max = sizeof(sockaddr_un::sun_path);

// inet_pton(3) for a text that need not end in a NUL and must not contain one.
bool parse_numeric(int family, std::string_view text, void* out) {
  return text.find('\0') == text.npos && ::inet_pton(family, std::string(text).c_str(), out) == 1;
}

std::optional<std::uint32_t> parse_zone(std::string_view zone) {
  if (zone.find('\0') != zone.npos) return {};
  if (const unsigned index = ::if_nametoindex(std::string(zone).c_str())) return index;
  std::uint32_t number = 0;
  const char* end = zone.data() + zone.size();
  const auto [stop, error] = std::from_chars(zone.data(), end, number);
  if (error != std::errc() || stop != end) return {};
  return number;
}

[[noreturn]] void not_numeric(const char* family, std::string_view ip) {
  throw std::invalid_argument("not a numeric " + std::string(family) +
                              " address: " + std::string(ip));
}

// The bytes that tell two addresses apart, the family's included.
std::string_view significant(const Address& a) noexcept {
  std::size_t size = a.size();
  switch (a ? a.family() : AF_UNSPEC) {
    case AF_INET:
      size = offsetof(sockaddr_in, sin_zero);
      break;
    case AF_INET6:
      size = sizeof(sockaddr_in6);
      break;
    case AF_UNIX:
      size = unix_path_offset + a.path().size();
      break;
    default:
      break;
  }
  return {reinterpret_cast<const char*>(a.data()), size};
}

}  // namespace

Address Address::inet(std::string_view ip, int port) {
  sockaddr_in sa{};
  sa.sin_family = AF_INET;
  sa.sin_port = htons(detail::checked_port(port));
  if (!parse_numeric(AF_INET, ip, &sa.sin_addr)) not_numeric("IPv4", ip);
  return to_address(sa);
}

Address Address::inet6(std::string_view ip, int port, std::uint32_t flowinfo,
                       std::uint32_t scope_id) {
  if (flowinfo > 0xfffff) throw std::out_of_range("flowinfo must be 0-1048575");
  sockaddr_in6 sa{};
  sa.sin6_family = AF_INET6;
  sa.sin6_port = htons(detail::checked_port(port));
  sa.sin6_flowinfo = htonl(flowinfo);
  sa.sin6_scope_id = scope_id;
  const std::size_t percent = ip.find('%');
  if (!parse_numeric(AF_INET6, ip.substr(0, percent), &sa.sin6_addr)) not_numeric("IPv6", ip);
  if (percent != ip.npos) {
    const auto zone = parse_zone(ip.substr(percent + 1));
    if (!zone) throw std::invalid_argument("no such interface: " + std::string(ip));
    if (scope_id == 0) sa.sin6_scope_id = *zone;
  }
  return to_address(sa);
}

Address Address::unix_(std::string_view path) {
  const bool abstract = path.starts_with('\0');
  // A file's path is passed with a closing NUL, an abstract name is all the bytes there are.
  const std::size_t used = abstract || path.empty() ? path.size() : path.size() + 1;
  if (used > unix_path_max) throw_error(Errc::path_too_long, "address", std::string(path));
  if (!abstract && path.find('\0') != path.npos)
    throw std::invalid_argument("embedded NUL in an AF_UNIX path");
  sockaddr_un sa{};
  sa.sun_family = AF_UNIX;
  path.copy(sa.sun_path, path.size());
  return to_address(sa, unix_path_offset + used);
}

Address Address::from(const sockaddr* sa, socklen_t size) noexcept {
  Address a;
  if (sa) std::memcpy(&a.storage_, sa, std::min(size, capacity()));
  a.resize(sa ? size : 0);
  return a;
}

void Address::resize(socklen_t size) noexcept {
  size_ = size < sizeof(sa_family_t) ? 0 : std::min(size, capacity());
  std::memset(reinterpret_cast<char*>(&storage_) + size_, 0, sizeof storage_ - size_);
}

std::string Address::host() const {
  char text[INET6_ADDRSTRLEN];
  if (family() == AF_INET6) {
    const in6_addr ip = as<sockaddr_in6>(*this).sin6_addr;
    return ::inet_ntop(AF_INET6, &ip, text, sizeof text);
  }
  const std::uint32_t ip = ntohl(view_as<sockaddr_in>(*this, AF_INET, "host").sin_addr.s_addr);
  // As inet_ntop(3) writes it, but not through stdio: every start and every connection pass here.
  char* end = text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    end = std::to_chars(end, std::end(text), (ip >> shift) & 0xff).ptr;
    *end++ = '.';
  }
  return {text, end - 1};
}

std::uint16_t Address::port() const {
  if (family() == AF_INET6) return ntohs(as<sockaddr_in6>(*this).sin6_port);
  return ntohs(view_as<sockaddr_in>(*this, AF_INET, "port").sin_port);
}

std::uint32_t Address::flowinfo() const {
  return ntohl(view_as<sockaddr_in6>(*this, AF_INET6, "flowinfo").sin6_flowinfo);
}

std::uint32_t Address::scope_id() const {
  return view_as<sockaddr_in6>(*this, AF_INET6, "scope_id").sin6_scope_id;
}

std::string_view Address::path() const {
  if (family() != AF_UNIX) throw std::logic_error("Address::path: an address of another family");
  // The kernel's own length can pass sockaddr_un by one: a path that fills it, and its NUL.
  const std::string_view name = raw();
  return name.starts_with('\0') ? name : name.substr(0, name.find('\0'));
}

std::string_view Address::raw() const noexcept {
  if (size_ == 0) return {};
  return {reinterpret_cast<const char*>(&storage_) + sizeof(sa_family_t),
          size_ - sizeof(sa_family_t)};
}

bool operator==(const Address& a, const Address& b) noexcept {
  return significant(a) == significant(b);
}

}  // namespace sock

std::size_t std::hash<sock::Address>::operator()(const sock::Address& a) const noexcept {
  return std::hash<std::string_view>()(sock::significant(a));
}
