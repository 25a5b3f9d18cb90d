// Every family and type from C++.
#include <linux/can.h>
#include <linux/can/bcm.h>
#include <linux/can/raw.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstring>

#include "families.hpp"

using namespace guest;

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

namespace {

std::string unique(const char* name) {
  return '\0' + std::string(name) + '-' + std::to_string(::getpid());
}

template <class Struct>
std::string_view bytes_of(const Struct& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <class Struct>
Struct as(const std::string& bytes) {
  REQUIRE(bytes.size() >= sizeof(Struct));
  Struct value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// Of a family where a client connects to what a listener is bound to.
void connects(int family, int type, int protocol, const Address& at) {
  auto listener = have(family, type, protocol), client = have(family, type, protocol);
  if (!listener || !client) return;
  listener->bind(at);
  converse(*listener, *client, family == AF_TIPC ? Address() : listener->getsockname());
  CHECK(client->family() == family);
  CHECK(client->type() == type);
}

void exchanges(int family, int type, int protocol, const Address& server_at,
               const std::optional<Address>& client_at) {
  auto server = have(family, type, protocol), client = have(family, type, protocol);
  if (!server || !client) return;
  server->bind(server_at);
  if (client_at) client->bind(*client_at);
  exchange(*server, *client, server->getsockname());
}

std::optional<Socket> can_socket(int type, int protocol) {
  auto socket = have(AF_CAN, type, protocol);
  if (socket && !have_interface("vcan0")) return {};
  return socket;
}

can_frame frame_of(canid_t id, std::string_view data) {
  can_frame frame{};
  frame.can_id = id;
  frame.len = static_cast<__u8>(data.size());
  std::memcpy(frame.data, data.data(), data.size());
  return frame;
}

}  // namespace

TEST_CASE("Unix streams" * doctest::test_suite("AF_UNIX SOCK_STREAM / C++")) {
  connects(AF_UNIX, SOCK_STREAM, 0, Address::unix_(unique("stream")));
}

TEST_CASE("Unix records" * doctest::test_suite("AF_UNIX SOCK_SEQPACKET / C++")) {
  connects(AF_UNIX, SOCK_SEQPACKET, 0, Address::unix_(unique("records")));
}

TEST_CASE("Unix datagrams" * doctest::test_suite("AF_UNIX SOCK_DGRAM / C++")) {
  exchanges(AF_UNIX, SOCK_DGRAM, 0, Address::unix_(unique("datagrams")), Address::unix_(""));
}

TEST_CASE("TCP over IPv4" * doctest::test_suite("AF_INET SOCK_STREAM / C++")) {
  connects(AF_INET, SOCK_STREAM, 0, Address::inet("127.0.0.1", 0));
}

TEST_CASE("UDP over IPv4" * doctest::test_suite("AF_INET SOCK_DGRAM / C++")) {
  exchanges(AF_INET, SOCK_DGRAM, 0, Address::inet("127.0.0.1", 0), {});
}

TEST_CASE("TCP over IPv6" * doctest::test_suite("AF_INET6 SOCK_STREAM / C++")) {
  connects(AF_INET6, SOCK_STREAM, 0, Address::inet6("::1", 0));
}

TEST_CASE("UDP over IPv6" * doctest::test_suite("AF_INET6 SOCK_DGRAM / C++")) {
  exchanges(AF_INET6, SOCK_DGRAM, 0, Address::inet6("::1", 0), {});
}

TEST_CASE("MPTCP" * doctest::test_suite("IPPROTO_MPTCP / C++")) {
  connects(AF_INET, SOCK_STREAM, IPPROTO_MPTCP, Address::inet("127.0.0.1", 0));
}

TEST_CASE("UDP-Lite" * doctest::test_suite("IPPROTO_UDPLITE / C++")) {
  exchanges(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, Address::inet("127.0.0.1", 0), {});
}

TEST_CASE("SCTP, one to one" * doctest::test_suite("IPPROTO_SCTP SOCK_STREAM / C++")) {
  connects(AF_INET, SOCK_STREAM, IPPROTO_SCTP, Address::inet("127.0.0.1", 0));
}

TEST_CASE("SCTP, one to many" * doctest::test_suite("IPPROTO_SCTP SOCK_SEQPACKET / C++")) {
  auto server = have(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
  auto client = have(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
  if (!server || !client) return;
  server->bind(Address::inet6("::1", 0));
  server->listen();
  exchange(*server, *client, server->getsockname());
}

TEST_CASE("vsock streams" * doctest::test_suite("AF_VSOCK SOCK_STREAM / C++")) {
  if (in_guest())
    connects(AF_VSOCK, SOCK_STREAM, 0, Address::vsock(VMADDR_CID_LOCAL, VMADDR_PORT_ANY));
}

TEST_CASE("vsock records" * doctest::test_suite("AF_VSOCK SOCK_SEQPACKET / C++")) {
  if (in_guest())
    connects(AF_VSOCK, SOCK_SEQPACKET, 0, Address::vsock(VMADDR_CID_LOCAL, VMADDR_PORT_ANY));
}

namespace {

Address service(std::uint32_t instance, bool to_bind) {
  if (to_bind)
    return Address::tipc({TIPC_ADDR_NAMESEQ, 18888, instance, instance, TIPC_CLUSTER_SCOPE});
  return Address::tipc({TIPC_ADDR_NAME, 18888, instance, 0, TIPC_CLUSTER_SCOPE});
}

void tipc_connects(int type, std::uint32_t instance) {
  auto listener = have(AF_TIPC, type), client = have(AF_TIPC, type);
  if (!listener || !client) return;
  listener->bind(service(instance, true));
  converse(*listener, *client, service(instance, false));
}

void tipc_exchanges(int type, std::uint32_t instance) {
  auto server = have(AF_TIPC, type), client = have(AF_TIPC, type);
  if (!server || !client) return;
  server->bind(service(instance, true));
  exchange(*server, *client, service(instance, false));
}

}  // namespace

TEST_CASE("TIPC streams" * doctest::test_suite("AF_TIPC SOCK_STREAM / C++")) {
  tipc_connects(SOCK_STREAM, 1);
}

TEST_CASE("TIPC records" * doctest::test_suite("AF_TIPC SOCK_SEQPACKET / C++")) {
  tipc_connects(SOCK_SEQPACKET, 2);
}

TEST_CASE("TIPC reliable messages" * doctest::test_suite("AF_TIPC SOCK_RDM / C++")) {
  tipc_exchanges(SOCK_RDM, 3);
}

TEST_CASE("TIPC datagrams" * doctest::test_suite("AF_TIPC SOCK_DGRAM / C++")) {
  tipc_exchanges(SOCK_DGRAM, 4);
}

TEST_CASE("RDS" * doctest::test_suite("AF_RDS / C++")) {
  exchanges(AF_RDS, SOCK_SEQPACKET, 0, Address::rds("127.0.0.1", 4000),
            Address::rds("127.0.0.1", 4001));
}

TEST_CASE("CAN frames, classic and FD, and a filter" *
          doctest::test_suite("AF_CAN CAN_RAW / C++")) {
  auto here = can_socket(SOCK_RAW, CAN_RAW), there = can_socket(SOCK_RAW, CAN_RAW);
  if (!here || !there) return;
  const can_filter only{0x123, CAN_SFF_MASK};
  here->setsockopt(SOL_CAN_RAW, CAN_RAW_FILTER, Socket::bytes(bytes_of(only)));
  for (Socket* socket : {&*here, &*there}) {
    socket->setsockopt(SOL_CAN_RAW, CAN_RAW_FD_FRAMES, 1);
    socket->bind(Address::can("vcan0"));
  }
  CHECK(here->getsockname().can() == "vcan0");
  there->send(bytes_of(frame_of(0x124, "no")));
  there->send(bytes_of(frame_of(0x123, "\xde\xad\xbe\xef")));
  const std::string classic = here->recv(CANFD_MTU);
  CHECK(classic.size() == CAN_MTU);
  CHECK(as<can_frame>(classic).data[3] == 0xef);
  canfd_frame fd{};
  fd.can_id = 0x123;
  fd.len = 64;
  fd.data[63] = 0x5a;
  there->send(bytes_of(fd));
  const std::string large = here->recv(CANFD_MTU);
  CHECK(large.size() == CANFD_MTU);
  CHECK(as<canfd_frame>(large).data[63] == 0x5a);
}

TEST_CASE("the CAN broadcast manager sends again and again, and tells of a frame that changed" *
          doctest::test_suite("AF_CAN CAN_BCM / C++")) {
  auto manager = can_socket(SOCK_DGRAM, CAN_BCM);
  auto bus = can_socket(SOCK_RAW, CAN_RAW);
  if (!manager || !bus) return;
  bus->bind(Address::can("vcan0"));
  manager->connect(Address::can("vcan0"));
  // Zeroed by hand: it ends in an array without an end, which no initializer may reach.
  bcm_msg_head head;
  std::memset(&head, 0, sizeof head);
  head.opcode = TX_SETUP;
  head.flags = SETTIMER | STARTTIMER;
  head.can_id = 0x321;
  head.nframes = 1;
  head.ival2.tv_usec = 10'000;
  const std::string_view head_bytes(reinterpret_cast<const char*>(&head), sizeof head);
  const auto message = [&](const can_frame& frame) {
    return std::string(head_bytes) + std::string(bytes_of(frame));
  };
  manager->send(message(frame_of(0x321, "\xca\xfe")));
  for (int i = 0; i < 3; ++i) CHECK(as<can_frame>(bus->recv(CAN_MTU)).can_id == 0x321);
  std::memset(&head, 0, sizeof head);
  head.opcode = TX_DELETE;
  head.can_id = 0x321;
  manager->send(head_bytes);

  head.opcode = RX_SETUP;
  head.can_id = 0x322;
  head.nframes = 1;
  manager->send(message(frame_of(0x322, "\xff")));
  bus->send(bytes_of(frame_of(0x322, "\x07")));
  const std::string told = manager->recv(1000);
  REQUIRE(told.size() == sizeof head + CAN_MTU);
  std::memcpy(&head, told.data(), sizeof head);
  CHECK(head.opcode == RX_CHANGED);
  CHECK(as<can_frame>(told.substr(sizeof head)).data[0] == 7);
}

TEST_CASE("ISO-TP carries more than a frame" * doctest::test_suite("AF_CAN CAN_ISOTP / C++")) {
  auto tester = can_socket(SOCK_DGRAM, CAN_ISOTP), unit = can_socket(SOCK_DGRAM, CAN_ISOTP);
  if (!tester || !unit) return;
  tester->bind(Address::can_isotp("vcan0", 0x708, 0x700));
  unit->bind(Address::can_isotp("vcan0", 0x700, 0x708));
  const std::string payload(200, 'x');
  tester->send(payload);
  CHECK(unit->recv(4096) == payload);
  unit->send("answer"s);
  CHECK(tester->recv(4096) == "answer");
}

TEST_CASE("a frame of our own on an interface" * doctest::test_suite("AF_PACKET / C++")) {
  auto out = have(AF_PACKET, SOCK_RAW), in = have(AF_PACKET, SOCK_RAW, htons(0x88b5));
  if (!out || !in) return;
  in->bind(Address::packet("lo", 0x88b5));
  const std::string frame = std::string(12, '\0') + "\x88\xb5" + "our own frame";
  out->sendto(frame, Address::packet("lo", 0x88b5));
  const auto [seen, from] = in->recvfrom(2000);
  CHECK(seen == frame);
  CHECK(from.packet().interface == "lo");
  CHECK(from.packet().protocol == 0x88b5);
}

TEST_CASE("an ICMP echo" * doctest::test_suite("SOCK_RAW IPPROTO_ICMP / C++")) {
  auto socket = have(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (!socket) return;
  socket->sendto("\x08\0\xf7\xff\0\0\0\0"s, Address::inet("127.0.0.1", 0));
  for (;;) {  // the request comes by, too, and what others send
    const std::string packet = socket->recv(2000);
    if (packet.size() == 28 && packet[20] == 0) break;
  }
  CHECK(socket->type() == SOCK_RAW);
  CHECK(socket->proto() == IPPROTO_ICMP);
}

TEST_CASE("the kernel tells of its interfaces" * doctest::test_suite("AF_NETLINK / C++")) {
  auto socket = have(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (!socket) return;
  socket->bind(Address::netlink(0, 0));
  CHECK(socket->getsockname().netlink().pid != 0);
  struct {
    nlmsghdr head;
    rtgenmsg family;
  } request{};
  request.head.nlmsg_len = NLMSG_LENGTH(sizeof request.family);
  request.head.nlmsg_type = RTM_GETLINK;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  socket->sendto(bytes_of(request), Address::netlink(0, 0));
  CHECK(as<nlmsghdr>(socket->recv(65536)).nlmsg_type == RTM_NEWLINK);
}
