#include "sock/names.hpp"

#include <linux/can.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace sock::names {

namespace {

#define NAME(kind, constant) \
  { Kind::kind, #constant, constant, AF_UNSPEC }
#define PROTOCOL(family, constant) \
  { Kind::protocol, #constant, constant, family }

constexpr Name table[] = {
    NAME(family, AF_ALG),
    NAME(family, AF_APPLETALK),
    NAME(family, AF_ASH),
    NAME(family, AF_ATMPVC),
    NAME(family, AF_ATMSVC),
    NAME(family, AF_AX25),
    NAME(family, AF_BLUETOOTH),
    NAME(family, AF_BRIDGE),
    NAME(family, AF_CAIF),
    NAME(family, AF_CAN),
    NAME(family, AF_DECnet),
    NAME(family, AF_ECONET),
    NAME(family, AF_IB),
    NAME(family, AF_IEEE802154),
    NAME(family, AF_INET),
    NAME(family, AF_INET6),
    NAME(family, AF_IPX),
    NAME(family, AF_IRDA),
    NAME(family, AF_ISDN),
    NAME(family, AF_IUCV),
    NAME(family, AF_KCM),
    NAME(family, AF_KEY),
    NAME(family, AF_LLC),
    NAME(family, AF_MCTP),
    NAME(family, AF_MPLS),
    NAME(family, AF_NETBEUI),
    NAME(family, AF_NETLINK),
    NAME(family, AF_NETROM),
    NAME(family, AF_NFC),
    NAME(family, AF_PACKET),
    NAME(family, AF_PHONET),
    NAME(family, AF_PPPOX),
    NAME(family, AF_QIPCRTR),
    NAME(family, AF_RDS),
    NAME(family, AF_ROSE),
    NAME(family, AF_ROUTE),
    NAME(family, AF_RXRPC),
    NAME(family, AF_SECURITY),
    NAME(family, AF_SMC),
    NAME(family, AF_SNA),
    NAME(family, AF_TIPC),
    NAME(family, AF_UNIX),
    NAME(family, AF_UNSPEC),
    NAME(family, AF_VSOCK),
    NAME(family, AF_WANPIPE),
    NAME(family, AF_X25),
    NAME(family, AF_XDP),
    NAME(type, SOCK_CLOEXEC),
    NAME(type, SOCK_DCCP),
    NAME(type, SOCK_DGRAM),
    NAME(type, SOCK_NONBLOCK),
    NAME(type, SOCK_PACKET),
    NAME(type, SOCK_RAW),
    NAME(type, SOCK_RDM),
    NAME(type, SOCK_SEQPACKET),
    NAME(type, SOCK_STREAM),
    PROTOCOL(AF_CAN, CAN_BCM),
    PROTOCOL(AF_CAN, CAN_ISOTP),
    PROTOCOL(AF_CAN, CAN_J1939),
    PROTOCOL(AF_CAN, CAN_MCNET),
    PROTOCOL(AF_CAN, CAN_RAW),
    PROTOCOL(AF_CAN, CAN_TP16),
    PROTOCOL(AF_CAN, CAN_TP20),
    PROTOCOL(AF_PACKET, ETH_P_8021AD),
    PROTOCOL(AF_PACKET, ETH_P_8021Q),
    PROTOCOL(AF_PACKET, ETH_P_ALL),
    PROTOCOL(AF_PACKET, ETH_P_ARP),
    PROTOCOL(AF_PACKET, ETH_P_BATMAN),
    PROTOCOL(AF_PACKET, ETH_P_CAN),
    PROTOCOL(AF_PACKET, ETH_P_CANFD),
    PROTOCOL(AF_PACKET, ETH_P_IP),
    PROTOCOL(AF_PACKET, ETH_P_IPV6),
    PROTOCOL(AF_PACKET, ETH_P_LLDP),
    PROTOCOL(AF_PACKET, ETH_P_LOOPBACK),
    PROTOCOL(AF_PACKET, ETH_P_MPLS_UC),
    PROTOCOL(AF_PACKET, ETH_P_PAE),
    PROTOCOL(AF_PACKET, ETH_P_PPP_DISC),
    PROTOCOL(AF_PACKET, ETH_P_PPP_SES),
    PROTOCOL(AF_PACKET, ETH_P_RARP),
    PROTOCOL(AF_PACKET, ETH_P_TIPC),
    PROTOCOL(AF_PACKET, ETH_P_TSN),
    NAME(protocol, IPPROTO_AH),
    NAME(protocol, IPPROTO_BEETPH),
    NAME(protocol, IPPROTO_COMP),
    NAME(protocol, IPPROTO_DCCP),
    NAME(protocol, IPPROTO_DSTOPTS),
    NAME(protocol, IPPROTO_EGP),
    NAME(protocol, IPPROTO_ENCAP),
    NAME(protocol, IPPROTO_ESP),
    NAME(protocol, IPPROTO_ETHERNET),
    NAME(protocol, IPPROTO_FRAGMENT),
    NAME(protocol, IPPROTO_GRE),
    NAME(protocol, IPPROTO_HOPOPTS),
    NAME(protocol, IPPROTO_ICMP),
    NAME(protocol, IPPROTO_ICMPV6),
    NAME(protocol, IPPROTO_IDP),
    NAME(protocol, IPPROTO_IGMP),
    NAME(protocol, IPPROTO_IP),
    NAME(protocol, IPPROTO_IPIP),
    NAME(protocol, IPPROTO_IPV6),
    NAME(protocol, IPPROTO_MH),
    NAME(protocol, IPPROTO_MPLS),
    NAME(protocol, IPPROTO_MPTCP),
    NAME(protocol, IPPROTO_MTP),
    NAME(protocol, IPPROTO_NONE),
    NAME(protocol, IPPROTO_PIM),
    NAME(protocol, IPPROTO_PUP),
    NAME(protocol, IPPROTO_RAW),
    NAME(protocol, IPPROTO_ROUTING),
    NAME(protocol, IPPROTO_RSVP),
    NAME(protocol, IPPROTO_SCTP),
    NAME(protocol, IPPROTO_TCP),
    NAME(protocol, IPPROTO_TP),
    NAME(protocol, IPPROTO_UDP),
    NAME(protocol, IPPROTO_UDPLITE),
    PROTOCOL(AF_NETLINK, NETLINK_AUDIT),
    PROTOCOL(AF_NETLINK, NETLINK_CONNECTOR),
    PROTOCOL(AF_NETLINK, NETLINK_CRYPTO),
    PROTOCOL(AF_NETLINK, NETLINK_DNRTMSG),
    PROTOCOL(AF_NETLINK, NETLINK_ECRYPTFS),
    PROTOCOL(AF_NETLINK, NETLINK_FIB_LOOKUP),
    PROTOCOL(AF_NETLINK, NETLINK_FIREWALL),
    PROTOCOL(AF_NETLINK, NETLINK_GENERIC),
    PROTOCOL(AF_NETLINK, NETLINK_IP6_FW),
    PROTOCOL(AF_NETLINK, NETLINK_ISCSI),
    PROTOCOL(AF_NETLINK, NETLINK_KOBJECT_UEVENT),
    PROTOCOL(AF_NETLINK, NETLINK_NETFILTER),
    PROTOCOL(AF_NETLINK, NETLINK_NFLOG),
    PROTOCOL(AF_NETLINK, NETLINK_RDMA),
    PROTOCOL(AF_NETLINK, NETLINK_ROUTE),
    PROTOCOL(AF_NETLINK, NETLINK_SCSITRANSPORT),
    PROTOCOL(AF_NETLINK, NETLINK_SELINUX),
    PROTOCOL(AF_NETLINK, NETLINK_SMC),
    PROTOCOL(AF_NETLINK, NETLINK_SOCK_DIAG),
    PROTOCOL(AF_NETLINK, NETLINK_USERSOCK),
    PROTOCOL(AF_NETLINK, NETLINK_XFRM),
    NAME(msg_flag, MSG_BATCH),
    NAME(msg_flag, MSG_CMSG_CLOEXEC),
    NAME(msg_flag, MSG_CONFIRM),
    NAME(msg_flag, MSG_CTRUNC),
    NAME(msg_flag, MSG_DONTROUTE),
    NAME(msg_flag, MSG_DONTWAIT),
    NAME(msg_flag, MSG_EOR),
    NAME(msg_flag, MSG_ERRQUEUE),
    NAME(msg_flag, MSG_FASTOPEN),
    NAME(msg_flag, MSG_MORE),
    NAME(msg_flag, MSG_NOSIGNAL),
    NAME(msg_flag, MSG_OOB),
    NAME(msg_flag, MSG_PEEK),
    NAME(msg_flag, MSG_TRUNC),
    NAME(msg_flag, MSG_WAITALL),
    NAME(msg_flag, MSG_WAITFORONE),
    NAME(msg_flag, MSG_ZEROCOPY),
    NAME(ai_flag, AI_ADDRCONFIG),
    NAME(ai_flag, AI_ALL),
    NAME(ai_flag, AI_CANONIDN),
    NAME(ai_flag, AI_CANONNAME),
    NAME(ai_flag, AI_IDN),
    NAME(ai_flag, AI_NUMERICHOST),
    NAME(ai_flag, AI_NUMERICSERV),
    NAME(ai_flag, AI_PASSIVE),
    NAME(ai_flag, AI_V4MAPPED),
    NAME(ni_flag, NI_DGRAM),
    NAME(ni_flag, NI_IDN),
    NAME(ni_flag, NI_NAMEREQD),
    NAME(ni_flag, NI_NOFQDN),
    NAME(ni_flag, NI_NUMERICHOST),
    NAME(ni_flag, NI_NUMERICSERV),
    NAME(eai, EAI_ADDRFAMILY),
    NAME(eai, EAI_AGAIN),
    NAME(eai, EAI_ALLDONE),
    NAME(eai, EAI_BADFLAGS),
    NAME(eai, EAI_CANCELED),
    NAME(eai, EAI_FAIL),
    NAME(eai, EAI_FAMILY),
    NAME(eai, EAI_IDN_ENCODE),
    NAME(eai, EAI_INPROGRESS),
    NAME(eai, EAI_INTR),
    NAME(eai, EAI_MEMORY),
    NAME(eai, EAI_NODATA),
    NAME(eai, EAI_NONAME),
    NAME(eai, EAI_NOTCANCELED),
    NAME(eai, EAI_OVERFLOW),
    NAME(eai, EAI_SERVICE),
    NAME(eai, EAI_SOCKTYPE),
    NAME(eai, EAI_SYSTEM),
};

static_assert(std::is_sorted(std::begin(table), std::end(table), [](const Name& a, const Name& b) {
  return std::pair(a.kind, a.text.view()) < std::pair(b.kind, b.text.view());
}));

// Second names of a value, never the one to show: 0 is IPPROTO_IP before any extension header.
constexpr std::string_view second_names[] = {"AF_ROUTE", "IPPROTO_HOPOPTS"};

constexpr std::string_view prefixes[] = {"AF_",    "SOCK_", "IPPROTO_", "CAN_", "NETLINK_",
                                         "ETH_P_", "MSG_",  "AI_",      "NI_",  "EAI_"};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_prefix(std::string_view text) {
  for (const std::string_view prefix : prefixes)
    if (text.starts_with(prefix)) return text.substr(prefix.size());
  return text;
}

std::optional<int> number(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  if (hex && text.starts_with('-')) return {};
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, hex ? 16 : 10);
  if (error != std::errc() || stop != end) return {};
  return value;
}

// Whether a protocol's number means this in a socket of that family.
bool belongs(const Name& name, int family) {
  if (name.family == AF_UNSPEC)
    return family == AF_UNSPEC || family == AF_INET || family == AF_INET6;
  return name.family == family;
}

}  // namespace

std::span<const Name> all() noexcept { return table; }

std::optional<int> value(Kind kind, std::string_view text, int family) noexcept {
  if (const auto n = number(text)) return n;
  std::optional<int> elsewhere;
  for (const Name& name : table) {
    if (name.kind != kind || !(same(name.text, text) || same(without_prefix(name.text), text)))
      continue;
    if (kind != Kind::protocol || belongs(name, family)) return name.value;
    if (!elsewhere || name.family == AF_UNSPEC) elsewhere = name.value;
  }
  return elsewhere;
}

std::string_view text(Kind kind, int value, int family) noexcept {
  for (const Name& name : table)
    if (name.kind == kind && name.value == value &&
        (kind != Kind::protocol || belongs(name, family)) &&
        std::ranges::find(second_names, name.text.view()) == std::end(second_names))
      return name.text;
  return {};
}

std::string text_or_number(Kind kind, int value, int family) {
  const std::string_view name = text(kind, value, family);
  return name.empty() ? std::to_string(value) : std::string(name);
}

std::string flags(Kind kind, int bits) {
  std::string result;
  unsigned unknown = 0;
  const auto append = [&](std::string_view item) {
    if (!result.empty()) result += '|';
    result += item;
  };
  for (unsigned bit = 1; bit != 0; bit <<= 1) {
    if ((static_cast<unsigned>(bits) & bit) == 0) continue;
    const std::string_view name = text(kind, static_cast<int>(bit));
    if (name.empty())
      unknown |= bit;
    else
      append(name);
  }
  if (unknown != 0) {
    char hex[2 + 2 * sizeof unknown] = {'0', 'x'};
    const auto [end, error] = std::to_chars(hex + 2, std::end(hex), unknown, 16);
    append({hex, end});
  }
  return result.empty() ? "0" : result;
}

}  // namespace sock::names
