#include "sock/names.hpp"

#include <linux/can.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>

using namespace sock;
using names::Kind;

namespace {

void check_known(Kind kind, const char* list) {
  std::istringstream words(list);
  for (std::string word; words >> word;) {
    CAPTURE(word);
    const auto value = names::value(kind, word);
    REQUIRE(value);
    const auto entry = std::ranges::find_if(names::all(), [&](const names::Name& n) {
      return n.kind == kind && n.text.view() == word;
    });
    REQUIRE(entry != names::all().end());
    CHECK(entry->value == *value);
  }
}

}  // namespace

TEST_CASE("every documented family, type, protocol and flag has its name") {
  check_known(
      Kind::family,
      "AF_ALG AF_APPLETALK AF_ASH AF_ATMPVC AF_ATMSVC AF_AX25 AF_BRIDGE AF_CAN AF_DECnet AF_ECONET "
      "AF_INET AF_INET6 AF_IPX AF_IRDA AF_KEY AF_LLC AF_NETBEUI AF_NETLINK AF_NETROM AF_PACKET "
      "AF_PPPOX AF_QIPCRTR AF_RDS AF_ROSE AF_ROUTE AF_SECURITY AF_SNA AF_TIPC AF_UNIX AF_UNSPEC "
      "AF_VSOCK AF_WANPIPE AF_X25");
  check_known(Kind::type,
              "SOCK_CLOEXEC SOCK_DGRAM SOCK_NONBLOCK SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_STREAM");
  check_known(
      Kind::protocol,
      "IPPROTO_AH IPPROTO_DSTOPTS IPPROTO_EGP IPPROTO_ESP IPPROTO_FRAGMENT IPPROTO_GRE "
      "IPPROTO_HOPOPTS IPPROTO_ICMP IPPROTO_ICMPV6 IPPROTO_IDP IPPROTO_IGMP IPPROTO_IP "
      "IPPROTO_IPIP IPPROTO_IPV6 IPPROTO_MPTCP IPPROTO_NONE IPPROTO_PIM IPPROTO_PUP IPPROTO_RAW "
      "IPPROTO_ROUTING IPPROTO_RSVP IPPROTO_SCTP IPPROTO_TCP IPPROTO_TP IPPROTO_UDP "
      "IPPROTO_UDPLITE CAN_BCM CAN_ISOTP CAN_J1939 CAN_RAW NETLINK_CRYPTO NETLINK_DNRTMSG "
      "NETLINK_FIREWALL NETLINK_IP6_FW NETLINK_NFLOG NETLINK_ROUTE NETLINK_USERSOCK NETLINK_XFRM");
  check_known(Kind::msg_flag,
              "MSG_CMSG_CLOEXEC MSG_CONFIRM MSG_CTRUNC MSG_DONTROUTE MSG_DONTWAIT MSG_EOR "
              "MSG_ERRQUEUE MSG_FASTOPEN MSG_MORE MSG_NOSIGNAL MSG_OOB MSG_PEEK MSG_TRUNC "
              "MSG_WAITALL");
  check_known(Kind::ai_flag,
              "AI_ADDRCONFIG AI_ALL AI_CANONNAME AI_NUMERICHOST AI_NUMERICSERV AI_PASSIVE "
              "AI_V4MAPPED");
  check_known(Kind::ni_flag, "NI_DGRAM NI_NAMEREQD NI_NOFQDN NI_NUMERICHOST NI_NUMERICSERV");
  check_known(Kind::eai,
              "EAI_ADDRFAMILY EAI_AGAIN EAI_BADFLAGS EAI_FAIL EAI_FAMILY EAI_MEMORY EAI_NODATA "
              "EAI_NONAME EAI_OVERFLOW EAI_SERVICE EAI_SOCKTYPE EAI_SYSTEM");
}

TEST_CASE("names are sorted by kind and then by text, each once") {
  const auto all = names::all();
  REQUIRE(!all.empty());
  for (std::size_t i = 1; i < all.size(); ++i) {
    CAPTURE(all[i].text);
    const bool sorted =
        all[i - 1].kind < all[i].kind ||
        (all[i - 1].kind == all[i].kind && all[i - 1].text.view() < all[i].text.view());
    CHECK(sorted);
  }
}

TEST_CASE("a name is found in any case and without its prefix") {
  CHECK(names::value(Kind::family, "AF_INET6") == AF_INET6);
  CHECK(names::value(Kind::family, "inet6") == AF_INET6);
  CHECK(names::value(Kind::family, "af_Inet6") == AF_INET6);
  CHECK(names::value(Kind::family, "decnet") == AF_DECnet);
  CHECK(names::value(Kind::type, "dgram") == SOCK_DGRAM);
  CHECK(names::value(Kind::type, "SOCK_SEQPACKET") == SOCK_SEQPACKET);
  CHECK(names::value(Kind::protocol, "udp") == IPPROTO_UDP);
  CHECK(names::value(Kind::protocol, "IPPROTO_UDP") == IPPROTO_UDP);
  CHECK(names::value(Kind::msg_flag, "peek") == MSG_PEEK);
  CHECK(names::value(Kind::ai_flag, "passive") == AI_PASSIVE);
  CHECK(names::value(Kind::ni_flag, "numerichost") == NI_NUMERICHOST);
  CHECK(names::value(Kind::eai, "noname") == EAI_NONAME);
}

TEST_CASE("what has no name has no value") {
  CHECK_FALSE(names::value(Kind::family, ""));
  CHECK_FALSE(names::value(Kind::family, "AF_"));
  CHECK_FALSE(names::value(Kind::family, "AF_NOSUCH"));
  CHECK_FALSE(names::value(Kind::family, "SOCK_STREAM"));
  CHECK_FALSE(names::value(Kind::family, "inet66"));
  CHECK_FALSE(names::value(Kind::type, "inet"));
  CHECK_FALSE(names::value(Kind::family, "12x"));
  CHECK_FALSE(names::value(Kind::family, "0x"));
  CHECK_FALSE(names::value(Kind::family, "0x-1"));
  CHECK_FALSE(names::value(Kind::family, "99999999999"));
}

TEST_CASE("a number stands for itself") {
  CHECK(names::value(Kind::family, "10") == 10);
  CHECK(names::value(Kind::protocol, "0x10") == 16);
  CHECK(names::value(Kind::protocol, "0X1f") == 31);
  CHECK(names::value(Kind::eai, "-2") == -2);
  CHECK(names::value(Kind::type, "010") == 10);
}

TEST_CASE("the family decides between protocols of the same name") {
  CHECK(names::value(Kind::protocol, "raw") == IPPROTO_RAW);
  CHECK(names::value(Kind::protocol, "raw", AF_INET) == IPPROTO_RAW);
  CHECK(names::value(Kind::protocol, "raw", AF_CAN) == CAN_RAW);
  CHECK(names::value(Kind::protocol, "CAN_RAW") == CAN_RAW);
  CHECK(names::value(Kind::protocol, "ip", AF_PACKET) == ETH_P_IP);
  CHECK(names::value(Kind::protocol, "ip", AF_INET6) == IPPROTO_IP);
  CHECK(names::value(Kind::protocol, "route") == NETLINK_ROUTE);
  CHECK(names::value(Kind::protocol, "isotp") == CAN_ISOTP);
  // A family without names of its own takes the common ones.
  CHECK(names::value(Kind::protocol, "ip", AF_UNIX) == IPPROTO_IP);
}

TEST_CASE("a value has one name, and a protocol's number only in its family") {
  CHECK(names::text(Kind::family, AF_UNIX) == "AF_UNIX");
  CHECK(names::text(Kind::family, AF_NETLINK) == "AF_NETLINK");
  CHECK(names::text(Kind::family, AF_UNSPEC) == "AF_UNSPEC");
  CHECK(names::text(Kind::type, SOCK_STREAM) == "SOCK_STREAM");
  CHECK(names::text(Kind::protocol, 0) == "IPPROTO_IP");
  CHECK(names::text(Kind::protocol, IPPROTO_TCP, AF_INET6) == "IPPROTO_TCP");
  CHECK(names::text(Kind::protocol, CAN_ISOTP, AF_CAN) == "CAN_ISOTP");
  CHECK(names::text(Kind::protocol, 0, AF_NETLINK) == "NETLINK_ROUTE");
  CHECK(names::text(Kind::protocol, ETH_P_ALL, AF_PACKET) == "ETH_P_ALL");
  CHECK(names::text(Kind::protocol, 0, AF_UNIX).empty());
  CHECK(names::text(Kind::family, 4711).empty());
  CHECK(names::text(Kind::eai, EAI_NONAME) == "EAI_NONAME");
}

TEST_CASE("a value without a name is shown as a number") {
  CHECK(names::text_or_number(Kind::family, AF_INET) == "AF_INET");
  CHECK(names::text_or_number(Kind::family, 4711) == "4711");
  CHECK(names::text_or_number(Kind::protocol, 0, AF_UNIX) == "0");
  CHECK(names::text_or_number(Kind::eai, -4711) == "-4711");
}

TEST_CASE("flags are shown from the lowest bit up, unknown ones as a number") {
  CHECK(names::flags(Kind::ai_flag, AI_CANONNAME | AI_PASSIVE) == "AI_PASSIVE|AI_CANONNAME");
  CHECK(names::flags(Kind::msg_flag, 0) == "0");
  CHECK(names::flags(Kind::msg_flag, MSG_PEEK) == "MSG_PEEK");
  CHECK(names::flags(Kind::ni_flag, NI_DGRAM | 0x4000000) == "NI_DGRAM|0x4000000");
  CHECK(names::flags(Kind::ni_flag, 0x6000000) == "0x6000000");
  CHECK(names::flags(Kind::ni_flag, INT32_MIN) == "0x80000000");
  CHECK(names::flags(Kind::msg_flag, MSG_CMSG_CLOEXEC | MSG_OOB) == "MSG_OOB|MSG_CMSG_CLOEXEC");
}

TEST_CASE("options are found by name in any case") {
  const names::Option* buffer = names::option("SO_RCVBUF");
  REQUIRE(buffer);
  CHECK(buffer->text.view() == "SO_RCVBUF");
  CHECK(buffer->level == SOL_SOCKET);
  CHECK(buffer->name == SO_RCVBUF);
  CHECK(buffer->value == names::OptionValue::size);
  CHECK(names::option("so_rcvbuf") == buffer);
  CHECK(names::option("SO_RCVBU") == nullptr);
  CHECK(names::option("SO_RCVBUFF") == nullptr);
  CHECK(names::option("") == nullptr);
}

TEST_CASE("every documented option that is written as text has its name") {
  std::istringstream words(
      "SO_ACCEPTCONN SO_BINDTODEVICE SO_BROADCAST SO_DEBUG SO_DOMAIN SO_DONTROUTE SO_ERROR "
      "SO_INCOMING_CPU SO_J1939_ERRQUEUE SO_J1939_PROMISC SO_J1939_SEND_PRIO SO_KEEPALIVE "
      "SO_LINGER SO_MARK SO_OOBINLINE SO_PASSCRED SO_PASSSEC SO_PRIORITY SO_PROTOCOL SO_RCVBUF "
      "SO_RCVLOWAT SO_RCVTIMEO SO_REUSEADDR SO_REUSEPORT SO_SNDBUF SO_SNDLOWAT SO_SNDTIMEO "
      "SO_TYPE SO_VM_SOCKETS_BUFFER_MAX_SIZE SO_VM_SOCKETS_BUFFER_MIN_SIZE "
      "SO_VM_SOCKETS_BUFFER_SIZE TCP_CONGESTION TCP_CORK TCP_DEFER_ACCEPT TCP_FASTOPEN TCP_KEEPCNT "
      "TCP_KEEPIDLE TCP_KEEPINTVL TCP_LINGER2 TCP_MAXSEG TCP_NODELAY TCP_NOTSENT_LOWAT "
      "TCP_QUICKACK TCP_SYNCNT TCP_USER_TIMEOUT TCP_WINDOW_CLAMP IPV6_CHECKSUM IPV6_DONTFRAG "
      "IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_LOOP IPV6_RECVDSTOPTS "
      "IPV6_RECVHOPLIMIT IPV6_RECVHOPOPTS IPV6_RECVPATHMTU IPV6_RECVPKTINFO IPV6_RECVRTHDR "
      "IPV6_RECVTCLASS IPV6_TCLASS IPV6_UNICAST_HOPS IPV6_V6ONLY IP_BIND_ADDRESS_NO_PORT "
      "IP_HDRINCL IP_MULTICAST_IF IP_MULTICAST_LOOP IP_MULTICAST_TTL IP_RECVOPTS IP_RECVTOS "
      "IP_RETOPTS IP_TOS IP_TRANSPARENT IP_TTL CAN_RAW_FD_FRAMES CAN_RAW_JOIN_FILTERS "
      "CAN_RAW_LOOPBACK CAN_RAW_RECV_OWN_MSGS TIPC_CONN_TIMEOUT TIPC_DEST_DROPPABLE "
      "TIPC_IMPORTANCE TIPC_SRC_DROPPABLE UDPLITE_RECV_CSCOV UDPLITE_SEND_CSCOV");
  for (std::string word; words >> word;) {
    CAPTURE(word);
    CHECK(names::option(word) != nullptr);
  }
}

TEST_CASE("options are sorted by text, each once") {
  const auto all = names::options();
  REQUIRE(!all.empty());
  for (std::size_t i = 1; i < all.size(); ++i) {
    CAPTURE(all[i].text);
    CHECK(all[i - 1].text.view() < all[i].text.view());
  }
}

TEST_CASE("the options of TCP sockets can be read with the level and name of the table") {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  for (const names::Option& option : names::options()) {
    const bool basic = option.text.view().starts_with("SO_KEEPALIVE") ||
                       option.text.view().starts_with("TCP_KEEP") ||
                       option.text.view() == "IP_TTL" || option.text.view() == "TCP_NODELAY" ||
                       option.text.view() == "SO_RCVBUF";
    if (!basic) continue;
    CAPTURE(option.text);
    int value = -1;
    socklen_t size = sizeof value;
    CHECK(::getsockopt(fd, option.level, option.name, &value, &size) == 0);
    CHECK(size == sizeof value);
    CHECK(value >= 0);
  }
  ::close(fd);
}
