// Makers and views of the families whose addresses are more than a host and a port.
#include <arpa/inet.h>
#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/qrtr.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <netpacket/packet.h>
#include <stdexcept>

#include "sock/address.hpp"
#include "sock/error.hpp"
#include "sock/sockaddr.hpp"

namespace sock {

using detail::interface_name;
using detail::to_address;
using detail::view_as;

namespace {

// "" is every interface: 0.
int interface_index(std::string_view name) {
  if (name.empty()) return 0;
  const std::string text(name);
  if (name.size() >= IF_NAMESIZE) throw_error(Errc::name_too_long, "interface", text);
  if (name.find('\0') != name.npos)
    throw std::invalid_argument("embedded NUL in an interface's name");
  const unsigned index = ::if_nametoindex(text.c_str());
  if (index == 0) throw_errno(errno, "interface", text);
  return static_cast<int>(index);
}

template <class Field>
Field checked(long long value, const char* what) {
  if (value < 0 || value > std::numeric_limits<Field>::max())
    throw std::out_of_range(std::string(what) + " must be 0-" +
                            std::to_string(std::numeric_limits<Field>::max()));
  return static_cast<Field>(value);
}

// A fixed field that holds a text and its NUL.
template <std::size_t N>
void copy_name(std::string_view name, unsigned char (&field)[N]) {
  if (name.size() >= N) throw_error(Errc::name_too_long, "algorithm", std::string(name));
  if (name.find('\0') != name.npos)
    throw std::invalid_argument("embedded NUL in an algorithm's name");
  std::copy(name.begin(), name.end(), field);
}

template <std::size_t N>
std::string name_in(const unsigned char (&field)[N]) {
  return {field, std::find(field, field + N, '\0')};
}

sockaddr_can can_address(std::string_view interface) {
  sockaddr_can sa{};
  sa.can_family = AF_CAN;
  sa.can_ifindex = interface_index(interface);
  return sa;
}

std::string can_interface(const sockaddr_can& sa) {
  return interface_name(static_cast<unsigned>(sa.can_ifindex));
}

}  // namespace

Address Address::netlink(std::uint32_t pid, std::uint32_t groups) {
  sockaddr_nl sa{};
  sa.nl_family = AF_NETLINK;
  sa.nl_pid = pid;
  sa.nl_groups = groups;
  return to_address(sa);
}

NetlinkAddress Address::netlink() const {
  const auto sa = view_as<sockaddr_nl>(*this, AF_NETLINK, "netlink");
  return {sa.nl_pid, sa.nl_groups};
}

Address Address::vsock(std::uint32_t cid, std::uint32_t port) {
  sockaddr_vm sa{};
  sa.svm_family = AF_VSOCK;
  sa.svm_cid = cid;
  sa.svm_port = port;
  return to_address(sa);
}

VsockAddress Address::vsock() const {
  const auto sa = view_as<sockaddr_vm>(*this, AF_VSOCK, "vsock");
  return {sa.svm_cid, sa.svm_port};
}

Address Address::qipcrtr(std::uint32_t node, std::uint32_t port) {
  sockaddr_qrtr sa{};
  sa.sq_family = AF_QIPCRTR;
  sa.sq_node = node;
  sa.sq_port = port;
  return to_address(sa);
}

QipcrtrAddress Address::qipcrtr() const {
  const auto sa = view_as<sockaddr_qrtr>(*this, AF_QIPCRTR, "qipcrtr");
  return {sa.sq_node, sa.sq_port};
}

Address Address::packet(std::string_view interface, int protocol, int packet_type,
                        int hardware_type, std::string_view hardware_address) {
  sockaddr_ll sa{};
  if (hardware_address.size() > sizeof sa.sll_addr)
    throw std::invalid_argument("a hardware address has at most 8 bytes");
  sa.sll_family = AF_PACKET;
  sa.sll_protocol = htons(checked<std::uint16_t>(protocol, "protocol"));
  sa.sll_pkttype = checked<std::uint8_t>(packet_type, "packet type");
  sa.sll_hatype = checked<std::uint16_t>(hardware_type, "hardware type");
  sa.sll_ifindex = interface_index(interface);
  sa.sll_halen = static_cast<std::uint8_t>(hardware_address.size());
  std::copy(hardware_address.begin(), hardware_address.end(), sa.sll_addr);
  return to_address(sa);
}

PacketAddress Address::packet() const {
  const auto sa = view_as<sockaddr_ll>(*this, AF_PACKET, "packet");
  // A length from the kernel can pass the field: InfiniBand's hardware addresses have 20 bytes.
  const char* bytes = reinterpret_cast<const char*>(data()) + offsetof(sockaddr_ll, sll_addr);
  const std::size_t room = capacity() - offsetof(sockaddr_ll, sll_addr);
  return {interface_name(static_cast<unsigned>(sa.sll_ifindex)), ntohs(sa.sll_protocol),
          sa.sll_pkttype, sa.sll_hatype,
          std::string(bytes, std::min<std::size_t>(sa.sll_halen, room))};
}

Address Address::tipc(const TipcAddress& address) {
  sockaddr_tipc sa{};
  sa.family = AF_TIPC;
  sa.scope = checked<signed char>(address.scope, "scope");
  switch (address.type) {
    case TIPC_ADDR_NAMESEQ:
      sa.addr.nameseq = {address.v1, address.v2, address.v3};
      break;
    case TIPC_ADDR_NAME:
      sa.addr.name = {{address.v1, address.v2}, address.v3};
      break;
    case TIPC_ADDR_ID:
      sa.addr.id = {address.v2, address.v1};
      break;
    default:
      throw std::invalid_argument("invalid TIPC address type");
  }
  sa.addrtype = static_cast<unsigned char>(address.type);
  return to_address(sa);
}

TipcAddress Address::tipc() const {
  const auto sa = view_as<sockaddr_tipc>(*this, AF_TIPC, "tipc");
  const auto scope = static_cast<std::uint32_t>(sa.scope);
  switch (sa.addrtype) {
    case TIPC_ADDR_NAMESEQ:
      return {sa.addrtype, sa.addr.nameseq.type, sa.addr.nameseq.lower, sa.addr.nameseq.upper,
              scope};
    case TIPC_ADDR_NAME:
      return {sa.addrtype, sa.addr.name.name.type, sa.addr.name.name.instance, sa.addr.name.domain,
              scope};
    case TIPC_ADDR_ID:
      return {sa.addrtype, sa.addr.id.node, sa.addr.id.ref, 0, scope};
    default:
      return {sa.addrtype, 0, 0, 0, scope};
  }
}

Address Address::alg(std::string_view type, std::string_view name, std::uint32_t features,
                     std::uint32_t mask) {
  sockaddr_alg sa{};
  sa.salg_family = AF_ALG;
  copy_name(type, sa.salg_type);
  copy_name(name, sa.salg_name);
  sa.salg_feat = features;
  sa.salg_mask = mask;
  return to_address(sa);
}

AlgAddress Address::alg() const {
  const auto sa = view_as<sockaddr_alg>(*this, AF_ALG, "alg");
  return {name_in(sa.salg_type), name_in(sa.salg_name), sa.salg_feat, sa.salg_mask};
}

Address Address::can(std::string_view interface) { return to_address(can_address(interface)); }

std::string Address::can() const {
  return can_interface(view_as<sockaddr_can>(*this, AF_CAN, "can"));
}

Address Address::can_isotp(std::string_view interface, std::uint32_t rx, std::uint32_t tx) {
  sockaddr_can sa = can_address(interface);
  sa.can_addr.tp.rx_id = rx;
  sa.can_addr.tp.tx_id = tx;
  return to_address(sa);
}

IsotpAddress Address::isotp() const {
  const auto sa = view_as<sockaddr_can>(*this, AF_CAN, "isotp");
  return {can_interface(sa), sa.can_addr.tp.rx_id, sa.can_addr.tp.tx_id};
}

Address Address::can_j1939(std::string_view interface, std::uint64_t name, std::uint32_t pgn,
                           std::uint8_t address) {
  sockaddr_can sa = can_address(interface);
  sa.can_addr.j1939.name = name;
  sa.can_addr.j1939.pgn = pgn;
  sa.can_addr.j1939.addr = address;
  return to_address(sa);
}

J1939Address Address::j1939() const {
  const auto sa = view_as<sockaddr_can>(*this, AF_CAN, "j1939");
  return {can_interface(sa), sa.can_addr.j1939.name, sa.can_addr.j1939.pgn, sa.can_addr.j1939.addr};
}

}  // namespace sock
