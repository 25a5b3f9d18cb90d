// Socket options by name: those whose value can be written as text.

// clang-format off: linux/sctp.h uses what these declare.
#include <sys/socket.h>

#include <cstdint>
// clang-format on
#include <linux/can/isotp.h>
#include <linux/can/j1939.h>
#include <linux/can/raw.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rds.h>
#include <linux/sctp.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include <algorithm>
#include <iterator>

#include "sock/names.hpp"

namespace sock::names {

namespace {

// RFC 3828's coverage of the checksum; no header of the system has these.
constexpr int UDPLITE_SEND_CSCOV = 10;
constexpr int UDPLITE_RECV_CSCOV = 11;

#define OPTION(level, name, value) \
  { #name, level, name, OptionValue::value }

constexpr Option table[] = {
    OPTION(SOL_ALG, ALG_SET_KEY, text),
    OPTION(SOL_CAN_ISOTP, CAN_ISOTP_RX_STMIN, integer),
    OPTION(SOL_CAN_ISOTP, CAN_ISOTP_TX_STMIN, integer),
    OPTION(SOL_CAN_RAW, CAN_RAW_ERR_FILTER, integer),
    OPTION(SOL_CAN_RAW, CAN_RAW_FD_FRAMES, boolean),
    OPTION(SOL_CAN_RAW, CAN_RAW_JOIN_FILTERS, boolean),
    OPTION(SOL_CAN_RAW, CAN_RAW_LOOPBACK, boolean),
    OPTION(SOL_CAN_RAW, CAN_RAW_RECV_OWN_MSGS, boolean),
    OPTION(SOL_CAN_RAW, CAN_RAW_XL_FRAMES, boolean),
    OPTION(IPPROTO_IPV6, IPV6_ADDRFORM, integer),
    OPTION(IPPROTO_IPV6, IPV6_ADDR_PREFERENCES, integer),
    OPTION(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, boolean),
    OPTION(IPPROTO_IPV6, IPV6_CHECKSUM, integer),
    OPTION(IPPROTO_IPV6, IPV6_DONTFRAG, boolean),
    OPTION(IPPROTO_IPV6, IPV6_FREEBIND, boolean),
    OPTION(IPPROTO_IPV6, IPV6_HDRINCL, boolean),
    OPTION(IPPROTO_IPV6, IPV6_MINHOPCOUNT, integer),
    OPTION(IPPROTO_IPV6, IPV6_MTU, size),
    OPTION(IPPROTO_IPV6, IPV6_MTU_DISCOVER, integer),
    OPTION(IPPROTO_IPV6, IPV6_MULTICAST_ALL, boolean),
    OPTION(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, integer),
    OPTION(IPPROTO_IPV6, IPV6_MULTICAST_IF, integer),
    OPTION(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVDSTOPTS, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVERR, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVERR_RFC4884, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVFRAGSIZE, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVHOPOPTS, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVPATHMTU, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVPKTINFO, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVRTHDR, boolean),
    OPTION(IPPROTO_IPV6, IPV6_RECVTCLASS, boolean),
    OPTION(IPPROTO_IPV6, IPV6_ROUTER_ALERT, integer),
    OPTION(IPPROTO_IPV6, IPV6_ROUTER_ALERT_ISOLATE, boolean),
    OPTION(IPPROTO_IPV6, IPV6_TCLASS, integer),
    OPTION(IPPROTO_IPV6, IPV6_TRANSPARENT, boolean),
    OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS, integer),
    OPTION(IPPROTO_IPV6, IPV6_V6ONLY, boolean),
    OPTION(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, boolean),
    OPTION(IPPROTO_IP, IP_CHECKSUM, boolean),
    OPTION(IPPROTO_IP, IP_FREEBIND, boolean),
    OPTION(IPPROTO_IP, IP_HDRINCL, boolean),
    OPTION(IPPROTO_IP, IP_MINTTL, integer),
    OPTION(IPPROTO_IP, IP_MTU, size),
    OPTION(IPPROTO_IP, IP_MTU_DISCOVER, integer),
    OPTION(IPPROTO_IP, IP_MULTICAST_ALL, boolean),
    OPTION(IPPROTO_IP, IP_MULTICAST_IF, ipv4),
    OPTION(IPPROTO_IP, IP_MULTICAST_LOOP, boolean),
    OPTION(IPPROTO_IP, IP_MULTICAST_TTL, integer),
    OPTION(IPPROTO_IP, IP_NODEFRAG, boolean),
    OPTION(IPPROTO_IP, IP_PASSSEC, boolean),
    OPTION(IPPROTO_IP, IP_PKTINFO, boolean),
    OPTION(IPPROTO_IP, IP_RECVERR, boolean),
    OPTION(IPPROTO_IP, IP_RECVERR_RFC4884, boolean),
    OPTION(IPPROTO_IP, IP_RECVFRAGSIZE, boolean),
    OPTION(IPPROTO_IP, IP_RECVOPTS, boolean),
    OPTION(IPPROTO_IP, IP_RECVORIGDSTADDR, boolean),
    OPTION(IPPROTO_IP, IP_RECVTOS, boolean),
    OPTION(IPPROTO_IP, IP_RECVTTL, boolean),
    OPTION(IPPROTO_IP, IP_RETOPTS, boolean),
    OPTION(IPPROTO_IP, IP_ROUTER_ALERT, boolean),
    OPTION(IPPROTO_IP, IP_TOS, integer),
    OPTION(IPPROTO_IP, IP_TRANSPARENT, boolean),
    OPTION(IPPROTO_IP, IP_TTL, integer),
    OPTION(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, integer),
    OPTION(SOL_NETLINK, NETLINK_BROADCAST_ERROR, boolean),
    OPTION(SOL_NETLINK, NETLINK_CAP_ACK, boolean),
    OPTION(SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, integer),
    OPTION(SOL_NETLINK, NETLINK_EXT_ACK, boolean),
    OPTION(SOL_NETLINK, NETLINK_GET_STRICT_CHK, boolean),
    OPTION(SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, boolean),
    OPTION(SOL_NETLINK, NETLINK_NO_ENOBUFS, boolean),
    OPTION(SOL_NETLINK, NETLINK_PKTINFO, boolean),
    OPTION(SOL_PACKET, PACKET_AUXDATA, boolean),
    OPTION(SOL_PACKET, PACKET_COPY_THRESH, integer),
    OPTION(SOL_PACKET, PACKET_FANOUT, integer),
    OPTION(SOL_PACKET, PACKET_IGNORE_OUTGOING, boolean),
    OPTION(SOL_PACKET, PACKET_LOSS, boolean),
    OPTION(SOL_PACKET, PACKET_ORIGDEV, boolean),
    OPTION(SOL_PACKET, PACKET_QDISC_BYPASS, boolean),
    OPTION(SOL_PACKET, PACKET_RESERVE, size),
    OPTION(SOL_PACKET, PACKET_TIMESTAMP, integer),
    OPTION(SOL_PACKET, PACKET_TX_HAS_OFF, boolean),
    OPTION(SOL_PACKET, PACKET_VERSION, integer),
    OPTION(SOL_PACKET, PACKET_VNET_HDR, boolean),
    OPTION(SOL_RDS, RDS_CONG_MONITOR, boolean),
    OPTION(SOL_RDS, RDS_RECVERR, boolean),
    OPTION(IPPROTO_SCTP, SCTP_AUTOCLOSE, integer),
    OPTION(IPPROTO_SCTP, SCTP_AUTO_ASCONF, boolean),
    OPTION(IPPROTO_SCTP, SCTP_DISABLE_FRAGMENTS, boolean),
    OPTION(IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, integer),
    OPTION(IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR, boolean),
    OPTION(IPPROTO_SCTP, SCTP_MAXSEG, size),
    OPTION(IPPROTO_SCTP, SCTP_MAX_BURST, integer),
    OPTION(IPPROTO_SCTP, SCTP_NODELAY, boolean),
    OPTION(IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, size),
    OPTION(IPPROTO_SCTP, SCTP_RECVNXTINFO, boolean),
    OPTION(IPPROTO_SCTP, SCTP_RECVRCVINFO, boolean),
    OPTION(IPPROTO_SCTP, SCTP_REUSE_PORT, boolean),
    OPTION(SOL_SOCKET, SO_ACCEPTCONN, boolean),
    OPTION(SOL_SOCKET, SO_BINDTODEVICE, text),
    OPTION(SOL_SOCKET, SO_BINDTOIFINDEX, integer),
    OPTION(SOL_SOCKET, SO_BPF_EXTENSIONS, integer),
    OPTION(SOL_SOCKET, SO_BROADCAST, boolean),
    OPTION(SOL_SOCKET, SO_BUF_LOCK, integer),
    OPTION(SOL_SOCKET, SO_BUSY_POLL, integer),
    OPTION(SOL_SOCKET, SO_BUSY_POLL_BUDGET, integer),
    OPTION(SOL_SOCKET, SO_CNX_ADVICE, integer),
    OPTION(SOL_SOCKET, SO_DEBUG, boolean),
    OPTION(SOL_SOCKET, SO_DOMAIN, integer),
    OPTION(SOL_SOCKET, SO_DONTROUTE, boolean),
    OPTION(SOL_SOCKET, SO_ERROR, integer),
    OPTION(SOL_SOCKET, SO_INCOMING_CPU, integer),
    OPTION(SOL_SOCKET, SO_INCOMING_NAPI_ID, integer),
    OPTION(SOL_CAN_J1939, SO_J1939_ERRQUEUE, boolean),
    OPTION(SOL_CAN_J1939, SO_J1939_PROMISC, boolean),
    OPTION(SOL_CAN_J1939, SO_J1939_SEND_PRIO, integer),
    OPTION(SOL_SOCKET, SO_KEEPALIVE, boolean),
    OPTION(SOL_SOCKET, SO_LINGER, linger),
    OPTION(SOL_SOCKET, SO_LOCK_FILTER, boolean),
    OPTION(SOL_SOCKET, SO_MARK, integer),
    OPTION(SOL_SOCKET, SO_MAX_PACING_RATE, size),
    OPTION(SOL_SOCKET, SO_NOFCS, boolean),
    OPTION(SOL_SOCKET, SO_NO_CHECK, boolean),
    OPTION(SOL_SOCKET, SO_OOBINLINE, boolean),
    OPTION(SOL_SOCKET, SO_PASSCRED, boolean),
    OPTION(SOL_SOCKET, SO_PASSSEC, boolean),
    OPTION(SOL_SOCKET, SO_PEEK_OFF, integer),
    OPTION(SOL_SOCKET, SO_PREFER_BUSY_POLL, boolean),
    OPTION(SOL_SOCKET, SO_PRIORITY, integer),
    OPTION(SOL_SOCKET, SO_PROTOCOL, integer),
    OPTION(SOL_SOCKET, SO_RCVBUF, size),
    OPTION(SOL_SOCKET, SO_RCVBUFFORCE, size),
    OPTION(SOL_SOCKET, SO_RCVLOWAT, size),
#ifdef SO_RCVMARK
    OPTION(SOL_SOCKET, SO_RCVMARK, boolean),
#endif
    OPTION(SOL_SOCKET, SO_RCVTIMEO, time),
    OPTION(SOL_RDS, SO_RDS_TRANSPORT, integer),
#ifdef SO_RESERVE_MEM
    OPTION(SOL_SOCKET, SO_RESERVE_MEM, size),
#endif
    OPTION(SOL_SOCKET, SO_REUSEADDR, boolean),
    OPTION(SOL_SOCKET, SO_REUSEPORT, boolean),
    OPTION(SOL_SOCKET, SO_RXQ_OVFL, boolean),
    OPTION(SOL_SOCKET, SO_SELECT_ERR_QUEUE, boolean),
    OPTION(SOL_SOCKET, SO_SNDBUF, size),
    OPTION(SOL_SOCKET, SO_SNDBUFFORCE, size),
    OPTION(SOL_SOCKET, SO_SNDLOWAT, size),
    OPTION(SOL_SOCKET, SO_SNDTIMEO, time),
    OPTION(SOL_SOCKET, SO_TIMESTAMP, boolean),
    OPTION(SOL_SOCKET, SO_TIMESTAMPING, integer),
    OPTION(SOL_SOCKET, SO_TIMESTAMPNS, boolean),
#ifdef SO_TXREHASH
    OPTION(SOL_SOCKET, SO_TXREHASH, integer),
#endif
    OPTION(SOL_SOCKET, SO_TYPE, integer),
    OPTION(AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, size64),
    OPTION(AF_VSOCK, SO_VM_SOCKETS_BUFFER_MIN_SIZE, size64),
    OPTION(AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, size64),
    OPTION(AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, time),
    OPTION(SOL_SOCKET, SO_WIFI_STATUS, boolean),
    OPTION(SOL_SOCKET, SO_ZEROCOPY, boolean),
    OPTION(IPPROTO_TCP, TCP_CONGESTION, text),
    OPTION(IPPROTO_TCP, TCP_CORK, boolean),
    OPTION(IPPROTO_TCP, TCP_DEFER_ACCEPT, integer),
    OPTION(IPPROTO_TCP, TCP_FASTOPEN, integer),
    OPTION(IPPROTO_TCP, TCP_FASTOPEN_CONNECT, boolean),
    OPTION(IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, boolean),
    OPTION(IPPROTO_TCP, TCP_INQ, boolean),
    OPTION(IPPROTO_TCP, TCP_KEEPCNT, integer),
    OPTION(IPPROTO_TCP, TCP_KEEPIDLE, integer),
    OPTION(IPPROTO_TCP, TCP_KEEPINTVL, integer),
    OPTION(IPPROTO_TCP, TCP_LINGER2, integer),
    OPTION(IPPROTO_TCP, TCP_MAXSEG, size),
    OPTION(IPPROTO_TCP, TCP_NODELAY, boolean),
    OPTION(IPPROTO_TCP, TCP_NOTSENT_LOWAT, size),
    OPTION(IPPROTO_TCP, TCP_QUICKACK, boolean),
    OPTION(IPPROTO_TCP, TCP_SAVE_SYN, integer),
    OPTION(IPPROTO_TCP, TCP_SYNCNT, integer),
    OPTION(IPPROTO_TCP, TCP_THIN_DUPACK, boolean),
    OPTION(IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, boolean),
    OPTION(IPPROTO_TCP, TCP_TIMESTAMP, integer),
    OPTION(IPPROTO_TCP, TCP_TX_DELAY, integer),
    OPTION(IPPROTO_TCP, TCP_ULP, text),
    OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT, integer),
    OPTION(IPPROTO_TCP, TCP_WINDOW_CLAMP, size),
    OPTION(SOL_TIPC, TIPC_CONN_TIMEOUT, integer),
    OPTION(SOL_TIPC, TIPC_DEST_DROPPABLE, boolean),
    OPTION(SOL_TIPC, TIPC_IMPORTANCE, integer),
    OPTION(SOL_TIPC, TIPC_NODELAY, boolean),
    OPTION(SOL_TIPC, TIPC_NODE_RECVQ_DEPTH, integer),
    OPTION(SOL_TIPC, TIPC_SOCK_RECVQ_DEPTH, integer),
    OPTION(SOL_TIPC, TIPC_SOCK_RECVQ_USED, integer),
    OPTION(SOL_TIPC, TIPC_SRC_DROPPABLE, boolean),
    OPTION(IPPROTO_UDPLITE, UDPLITE_RECV_CSCOV, size),
    OPTION(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, size),
    OPTION(IPPROTO_UDP, UDP_CORK, boolean),
    OPTION(IPPROTO_UDP, UDP_ENCAP, integer),
    OPTION(IPPROTO_UDP, UDP_GRO, boolean),
    OPTION(IPPROTO_UDP, UDP_NO_CHECK6_RX, boolean),
    OPTION(IPPROTO_UDP, UDP_NO_CHECK6_TX, boolean),
    OPTION(IPPROTO_UDP, UDP_SEGMENT, size),
};

static_assert(std::is_sorted(std::begin(table), std::end(table),
                             [](const Option& a, const Option& b) {
                               return a.text.view() < b.text.view();
                             }));

bool same(std::string_view constant, std::string_view text) {
  return std::equal(constant.begin(), constant.end(), text.begin(), text.end(), [](char c, char t) {
    return c == (t >= 'a' && t <= 'z' ? static_cast<char>(t - 'a' + 'A') : t);
  });
}

}  // namespace

std::span<const Option> options() noexcept { return table; }

const Option* option(std::string_view text) noexcept {
  const auto found =
      std::ranges::find_if(table, [&](const Option& o) { return same(o.text, text); });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace sock::names
