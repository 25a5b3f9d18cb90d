// A socket address in the kernel's form: the bytes and their exact length.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sock {

// Views of the families whose addresses are more than a host and a port.
struct NetlinkAddress {
  std::uint32_t pid, groups;
};
struct VsockAddress {
  std::uint32_t cid, port;
};
struct QipcrtrAddress {
  std::uint32_t node, port;
};
struct PacketAddress {
  std::string interface;  // "" for every interface
  int protocol;           // ETH_P_*, in host order
  int packet_type;        // PACKET_*
  int hardware_type;      // ARPHRD_*
  std::string hardware_address;
};
struct TipcAddress {
  std::uint32_t type, v1, v2, v3, scope;  // TIPC_ADDR_*; name: type, instance, domain
};
struct AlgAddress {
  std::string type, name;
  std::uint32_t features, mask;
};
struct IsotpAddress {
  std::string interface;
  std::uint32_t rx, tx;
};
struct J1939Address {
  std::string interface;
  std::uint64_t name;
  std::uint32_t pgn;
  std::uint8_t address;
};

// A value: copies are plain copies, nothing is allocated but by the views that return strings.
// A view of the wrong family throws std::logic_error. Layouts: the manual page of each family,
// in section 7 (ip, ipv6, unix, netlink, packet, vsock, tipc), and the kernel's documentation.
class Address {
 public:
  // "No address": size() is 0, as for the sender of a stream.
  Address() noexcept : size_(0) { storage_.ss_family = AF_UNSPEC; }

  // Ports are 0..65535, here and wherever one is passed; else std::out_of_range.
  // Numeric text only; std::invalid_argument for anything else. No look-up.
  static Address inet(std::string_view ip, int port);
  // flowinfo above 0xfffff: std::out_of_range. A "%zone" in ip is taken as the scope when it is
  // an interface's name or number; a scope_id other than 0 counts more.
  static Address inet6(std::string_view ip, int port, std::uint32_t flowinfo = 0,
                       std::uint32_t scope_id = 0);
  // A leading NUL makes it abstract; empty asks the kernel for an abstract name (autobind).
  // More than 107 bytes, or 108 with the leading NUL: Error "AF_UNIX path too long". A NUL inside
  // the path of a file: std::invalid_argument.
  static Address unix_(std::string_view path);
  static Address netlink(std::uint32_t pid, std::uint32_t groups);
  static Address vsock(std::uint32_t cid, std::uint32_t port);
  static Address qipcrtr(std::uint32_t node, std::uint32_t port);
  // An unknown interface: Error with ENODEV. hardware_address above 8 bytes:
  // std::invalid_argument. protocol outside 0..65535: std::out_of_range.
  static Address packet(std::string_view interface, int protocol, int packet_type = 0,
                        int hardware_type = 0, std::string_view hardware_address = {});
  // A type that is none of TIPC_ADDR_*: std::invalid_argument; scope above 127: std::out_of_range.
  static Address tipc(const TipcAddress&);
  // type above 13 bytes, name above 63: Error (Errc::name_too_long).
  static Address alg(std::string_view type, std::string_view name, std::uint32_t features = 0,
                     std::uint32_t mask = 0);
  // AF_CAN with CAN_RAW and CAN_BCM; "" is every interface.
  static Address can(std::string_view interface);
  static Address can_isotp(std::string_view interface, std::uint32_t rx, std::uint32_t tx);
  static Address can_j1939(std::string_view interface, std::uint64_t name, std::uint32_t pgn,
                           std::uint8_t address);
  // AF_RDS addresses are those of AF_INET (rds(7)).
  static Address rds(std::string_view ip, int port) { return inet(ip, port); }
  // What a system call gave; at most sizeof(sockaddr_storage) bytes are taken.
  static Address from(const sockaddr*, socklen_t) noexcept;

  // As bind and connect do it, in the family of the socket: "" is the wildcard address,
  // "<broadcast>" 255.255.255.255, a numeric host is taken as it is, anything else is looked up
  // and the first answer used. AF_INET, AF_INET6 and AF_RDS. Throws gaierror, Error.
  static Address resolve(int family, std::string_view host, int port, std::uint32_t flowinfo = 0,
                         std::uint32_t scope_id = 0);

  int family() const noexcept { return storage_.ss_family; }
  explicit operator bool() const noexcept { return size_ != 0; }
  const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const noexcept { return size_; }

  // For system calls that fill in an address: hand them buffer() and capacity(), then resize()
  // to the length they gave back.
  sockaddr* buffer() noexcept { return reinterpret_cast<sockaddr*>(&storage_); }
  static constexpr socklen_t capacity() noexcept { return sizeof(sockaddr_storage); }
  void resize(socklen_t size) noexcept;

  // INET, INET6 (RDS: INET).
  std::string host() const;  // numeric; INET6 without its %scope
  std::uint16_t port() const;
  std::uint32_t flowinfo() const;  // INET6
  std::uint32_t scope_id() const;  // INET6
  // UNIX: the file's path, "" when unnamed, or the abstract name with its leading NUL.
  std::string_view path() const;

  NetlinkAddress netlink() const;
  VsockAddress vsock() const;
  QipcrtrAddress qipcrtr() const;
  PacketAddress packet() const;
  TipcAddress tipc() const;
  AlgAddress alg() const;
  std::string can() const;  // the interface
  IsotpAddress isotp() const;
  J1939Address j1939() const;
  // The bytes after the family, for families that have no view.
  std::string_view raw() const noexcept;

  // Byte for byte, but for what does not count: padding of INET and INET6, and a UNIX path's
  // closing NUL.
  friend bool operator==(const Address&, const Address&) noexcept;

 private:
  sockaddr_storage storage_{};
  socklen_t size_;
};

// The text that the grammar of sock-address(7) parses back, where it knows the family, else one to
// be read: "192.0.2.1:80", "[::1]:80", "unix:/run/x", "unix:@name", "vsock:2:80", "can:can0" ...;
// bytes that do not print are escaped as \xNN. protocol tells AF_CAN's three forms apart; a
// datagram's "udp:" is not the address's to know. No address: "".
std::string to_string(const Address&, int protocol = 0);

}  // namespace sock

template <>
struct std::hash<sock::Address> {
  std::size_t operator()(const sock::Address&) const noexcept;
};
