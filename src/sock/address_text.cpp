// Addresses as text, in the grammar of sock-address(7).
#include <linux/can.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>

#include <string>
#include <string_view>

#include "sock/address.hpp"
#include "sock/sockaddr.hpp"

namespace sock {

namespace {

std::string hex(std::uint64_t value, std::size_t digits = 1) {
  std::string text;
  for (; value != 0 || text.size() < digits; value >>= 4)
    text.insert(text.begin(), "0123456789abcdef"[value & 0xf]);
  return text;
}

std::string hex_bytes(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += hex(static_cast<unsigned char>(c), 2);
  return text;
}

std::string escaped(char c) { return "\\x" + hex(static_cast<unsigned char>(c), 2); }

std::string printable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c == '\\')
      text += "\\\\";
    else if (c >= ' ' && c <= '~')
      text += c;
    else
      text += escaped(c);
  }
  return text;
}

std::string fields(std::string_view a, std::string_view b) {
  return std::string(a).append(1, ':').append(b);
}

std::string fields(std::uint32_t a, std::uint32_t b) {
  return fields(std::to_string(a), std::to_string(b));
}

std::string inet6_text(const Address& a) {
  std::string host = a.host();
  if (a.scope_id() != 0) host += '%' + printable(detail::interface_name(a.scope_id()));
  return fields('[' + host + ']', std::to_string(a.port()));
}

std::string unix_text(std::string_view path) {
  if (path.empty()) return "unix:";
  if (path.front() == '\0') return "unix:@" + printable(path.substr(1));
  // A file whose name begins with @ must not read as an abstract name.
  if (path.front() == '@') return "unix:" + escaped('@') + printable(path.substr(1));
  return "unix:" + printable(path);
}

std::string vsock_text(const VsockAddress& a) {
  const std::string cid = a.cid == VMADDR_CID_ANY ? "any" : std::to_string(a.cid);
  return "vsock:" + fields(cid, std::to_string(a.port));
}

// "*" is every interface.
std::string interface_text(std::string_view name) { return name.empty() ? "*" : printable(name); }

std::string packet_text(const PacketAddress& a) {
  const std::string text = "packet:" + interface_text(a.interface);
  return a.protocol == 0 ? text : fields(text, "0x" + hex(static_cast<unsigned>(a.protocol), 4));
}

// Identifiers as candump(1) writes them.
std::string can_text(const Address& a, int protocol) {
  const std::string interface = interface_text(a.can());
  switch (protocol) {
    case CAN_BCM:
      return "bcm:" + interface;
    case CAN_ISOTP: {
      const IsotpAddress id = a.isotp();
      return "isotp:" + fields(interface, fields(hex(id.rx, 3), hex(id.tx, 3)));
    }
    case CAN_J1939: {
      const J1939Address id = a.j1939();
      return "j1939:" +
             fields(interface, fields(hex(id.name), fields(hex(id.pgn), hex(id.address, 2))));
    }
    default:
      return "can:" + interface;
  }
}

std::string other_text(const Address& a) {
  return "family " + std::to_string(a.family()) + ": " + hex_bytes(a.raw());
}

std::string tipc_text(const Address& address) {
  const TipcAddress a = address.tipc();
  switch (a.type) {
    case TIPC_ADDR_NAME:
      return "tipc:" + fields(a.v1, a.v2);
    case TIPC_ADDR_NAMESEQ:
      return "tipc:" + fields(a.v1, a.v2) + '-' + std::to_string(a.v3);
    case TIPC_ADDR_ID:
      return "tipc:id:" + fields(a.v1, a.v2);
    default:
      return other_text(address);
  }
}

}  // namespace

std::string to_string(const Address& a, int protocol) {
  if (!a) return {};
  switch (a.family()) {
    case AF_INET:
      return fields(a.host(), std::to_string(a.port()));
    case AF_INET6:
      return inet6_text(a);
    case AF_UNIX:
      return unix_text(a.path());
    case AF_VSOCK:
      return vsock_text(a.vsock());
    case AF_PACKET:
      return packet_text(a.packet());
    case AF_CAN:
      return can_text(a, protocol);
    case AF_TIPC:
      return tipc_text(a);
    case AF_NETLINK:
      return "netlink:" + fields(a.netlink().pid, a.netlink().groups);
    case AF_QIPCRTR:
      return "qipcrtr:" + fields(a.qipcrtr().node, a.qipcrtr().port);
    case AF_ALG:
      return "alg:" + fields(printable(a.alg().type), printable(a.alg().name));
    default:
      return other_text(a);
  }
}

}  // namespace sock
