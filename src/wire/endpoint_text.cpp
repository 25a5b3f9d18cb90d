// Endpoints as text that parses back to them.
#include <linux/can.h>
#include <linux/if_ether.h>
#include <linux/vm_sockets.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "wire/endpoint.hpp"
#include "wire/endpoint_prefix.hpp"

namespace sock::wire {

namespace {

std::string hex(std::uint32_t value, std::size_t digits) {
  std::string text;
  for (; value != 0 || text.size() < digits; value >>= 4)
    text.insert(text.begin(), "0123456789abcdef"[value & 0xf]);
  return text;
}

// `special`: characters that mean something where the text stands.
std::string escaped(std::string_view bytes, std::string_view special = {}) {
  std::string text;
  for (const char c : bytes) {
    if (c == '\\')
      text += "\\\\";
    else if (c > ' ' && c <= '~' && special.find(c) == special.npos)
      text += c;
    else
      text += "\\x" + hex(static_cast<unsigned char>(c), 2);
  }
  return text;
}

std::string host_text(std::string_view host) {
  if (host.empty()) return "*";
  if (host.find(':') == host.npos) return std::string(host);
  const std::size_t zone = host.find('%');
  if (zone == host.npos) return "[" + std::string(host) + "]";
  return "[" + std::string(host.substr(0, zone)) + "%" + escaped(host.substr(zone + 1), "]") + "]";
}

std::string interface_text(std::string_view interface) {
  return interface.empty() ? "*" : escaped(interface, "*");
}

// 11 bits in three digits, 29 bits in eight.
std::string can_id(std::uint32_t id) {
  return (id & CAN_EFF_FLAG) ? hex(id & CAN_EFF_MASK, 8) : hex(id, 3);
}

std::string cid_text(std::uint32_t cid) {
  return cid == VMADDR_CID_ANY ? "any" : std::to_string(cid);
}

struct Printer {
  std::string operator()(const InetEndpoint& e) const {
    std::string text = host_text(e.host) + ':' + e.port;
    // "udp:53" would be a port of UDP, not a host of that name.
    if (e.transport == Transport::tcp && !detail::find_prefix(e.host)) return text;
    return std::string(detail::text(e.transport)) + ':' + text;
  }
  std::string operator()(const UnixEndpoint& e) const {
    const std::string_view path = e.path;
    if (path.starts_with('\0')) return "unix:@" + escaped(path.substr(1));
    if (path.starts_with('@')) return "unix:\\x40" + escaped(path.substr(1));
    return "unix:" + escaped(path);
  }
  std::string operator()(const VsockEndpoint& e) const {
    return "vsock:" + cid_text(e.cid) + ':' +
           (e.port == VMADDR_PORT_ANY ? "any" : std::to_string(e.port));
  }
  std::string operator()(const CanEndpoint& e) const {
    return (e.broadcast_manager ? "bcm:" : "can:") + interface_text(e.interface);
  }
  std::string operator()(const IsotpEndpoint& e) const {
    return "isotp:" + interface_text(e.interface) + ':' + can_id(e.rx) + ':' + can_id(e.tx);
  }
  std::string operator()(const PacketEndpoint& e) const {
    const std::string text = "packet:" + interface_text(e.interface);
    return e.protocol == ETH_P_ALL ? text : text + ":0x" + hex(e.protocol, 4);
  }
  std::string operator()(const RdsEndpoint& e) const {
    return "rds:" + host_text(e.host) + ':' + e.port;
  }
  std::string operator()(const TipcEndpoint& e) const {
    return (e.identity ? "tipc:id:" : "tipc:") + std::to_string(e.type) + ':' +
           std::to_string(e.instance);
  }
  std::string operator()(const RawEndpoint& e) const { return "raw:" + host_text(e.host); }
  std::string operator()(const FdEndpoint& e) const { return "fd:" + std::to_string(e.fd); }
};

}  // namespace

std::string to_string(const Endpoint& endpoint) { return std::visit(Printer{}, endpoint); }

}  // namespace sock::wire
