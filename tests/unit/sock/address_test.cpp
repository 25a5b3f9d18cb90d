#include "sock/address.hpp"

#include <arpa/inet.h>
#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <netpacket/packet.h>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "sock/error.hpp"
#include "sock/fd.hpp"

using namespace sock;
using namespace std::string_literals;

namespace {

template <class Sockaddr>
Address from(const Sockaddr& sa, std::size_t size = sizeof(Sockaddr)) {
  return Address::from(reinterpret_cast<const sockaddr*>(&sa), static_cast<socklen_t>(size));
}

template <class Sockaddr>
Sockaddr as(const Address& a) {
  Sockaddr sa{};
  std::memcpy(&sa, a.data(), a.size() < sizeof sa ? a.size() : sizeof sa);
  return sa;
}

Address sockname(const Fd& fd) {
  Address a;
  socklen_t size = Address::capacity();
  REQUIRE(::getsockname(fd.get(), a.buffer(), &size) == 0);
  a.resize(size);
  return a;
}

Fd unix_socket() {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(fd);
  return fd;
}

// The error code that a call fails with.
template <class Call>
std::error_code code_of(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e.code();
  }
  return {};
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() { REQUIRE(::mkdtemp(path_) != nullptr); }
  ~TemporaryDirectory() { ::rmdir(path_); }
  // A path inside of exactly so many bytes.
  std::string path_of_length(std::size_t length) const {
    std::string path = path_ + "/"s;
    path.resize(length, 'x');
    return path;
  }

 private:
  char path_[32] = "/tmp/sock-address-XXXXXX";
};

}  // namespace

TEST_CASE("no address has no size, family, text or bytes") {
  const Address none;
  CHECK_FALSE(none);
  CHECK(none.size() == 0);
  CHECK(none.family() == AF_UNSPEC);
  CHECK(none.raw().empty());
  CHECK(to_string(none).empty());
  CHECK(none == Address());
  CHECK(Address::from(nullptr, 16) == none);
  CHECK(Address::from(Address::inet("127.0.0.1", 1).data(), 1) == none);
}

TEST_CASE("an IPv4 address is numeric text and a port") {
  const Address a = Address::inet("192.0.2.1", 8080);
  CHECK(a);
  CHECK(a.family() == AF_INET);
  CHECK(a.size() == sizeof(sockaddr_in));
  CHECK(a.host() == "192.0.2.1");
  CHECK(a.port() == 8080);
  CHECK(as<sockaddr_in>(a).sin_port == htons(8080));
  CHECK(as<sockaddr_in>(a).sin_addr.s_addr == htonl(0xc0000201));
  CHECK(Address::rds("192.0.2.1", 8080) == a);
}

TEST_CASE("anything but a numeric address is refused without a look-up") {
  for (const std::string& text :
       {""s, "localhost"s, "127.1"s, "1.2.3.4.5"s, "256.0.0.1"s, "::1"s, "1.2.3.4\0"s, " 1.2.3.4"s})
    CHECK_THROWS_AS(Address::inet(text, 1), std::invalid_argument);
  for (const std::string& text :
       {""s, "localhost"s, "1.2.3.4"s, "[::1]"s, ":::"s, "::1\0"s, "::1%"s, "fe80::1%nosuchif"s,
        "fe80::1%-1"s, "fe80::1%4294967296"s, "fe80::1%lo\0"s, "%lo"s})
    CHECK_THROWS_AS(Address::inet6(text, 1), std::invalid_argument);
}

TEST_CASE("an IPv6 address has a flow and a scope") {
  const Address a = Address::inet6("2001:DB8:0::1", 443, 0xfffff, 7);
  CHECK(a.family() == AF_INET6);
  CHECK(a.size() == sizeof(sockaddr_in6));
  CHECK(a.host() == "2001:db8::1");
  CHECK(a.port() == 443);
  CHECK(a.flowinfo() == 0xfffff);
  CHECK(a.scope_id() == 7);
  CHECK(as<sockaddr_in6>(a).sin6_flowinfo == htonl(0xfffff));
  CHECK_THROWS_AS(Address::inet6("::1", 1, 0x100000), std::out_of_range);
}

TEST_CASE("a zone is an interface's name or number") {
  const unsigned lo = ::if_nametoindex("lo");
  REQUIRE(lo != 0);
  CHECK(Address::inet6("fe80::1%lo", 1).scope_id() == lo);
  CHECK(Address::inet6("fe80::1%lo", 1).host() == "fe80::1");
  CHECK(Address::inet6("fe80::1%4711", 1).scope_id() == 4711);
  CHECK(Address::inet6("fe80::1%4711", 1, 0, 9).scope_id() == 9);
}

TEST_CASE("a Unix path is passed with its NUL and given back without") {
  const Address a = Address::unix_("/run/x");
  CHECK(a.family() == AF_UNIX);
  CHECK(a.size() == sizeof(sa_family_t) + 7);
  CHECK(a.path() == "/run/x");
  CHECK(Address::unix_("").size() == sizeof(sa_family_t));
  CHECK(Address::unix_("").path().empty());
  CHECK_THROWS_AS(Address::unix_("/run/x\0y"s), std::invalid_argument);
}

TEST_CASE("an abstract name is exactly its bytes") {
  const std::string name = "\0a\0b\0"s;
  const Address a = Address::unix_(name);
  CHECK(a.size() == sizeof(sa_family_t) + name.size());
  CHECK(a.path() == name);
  CHECK(a != Address::unix_("\0a\0b"s));
  CHECK(Address::unix_("\0"s).path() == "\0"s);
  CHECK(Address::unix_("\0"s) != Address::unix_(""));
}

TEST_CASE("a Unix path has at most 107 bytes, an abstract name 108") {
  CHECK(Address::unix_(std::string(107, 'x')).path() == std::string(107, 'x'));
  CHECK(Address::unix_('\0' + std::string(107, 'x')).path() == '\0' + std::string(107, 'x'));
  CHECK(code_of([] { Address::unix_(std::string(108, 'x')); }) == Errc::path_too_long);
  CHECK(code_of([] { Address::unix_('\0' + std::string(108, 'x')); }) == Errc::path_too_long);
}

TEST_CASE("the kernel takes and gives back the longest path") {
  const TemporaryDirectory directory;
  const std::string path = directory.path_of_length(107);
  const Fd fd = unix_socket();
  const Address a = Address::unix_(path);
  REQUIRE(::bind(fd.get(), a.data(), a.size()) == 0);
  CHECK(sockname(fd) == a);
  CHECK(sockname(fd).path() == path);
  ::unlink(path.c_str());
}

TEST_CASE("a path that fills the field comes back whole") {
  const TemporaryDirectory directory;
  const std::string path = directory.path_of_length(108);
  sockaddr_un sa{};
  sa.sun_family = AF_UNIX;
  path.copy(sa.sun_path, sizeof sa.sun_path);
  const Fd fd = unix_socket();
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&sa), sizeof sa) == 0);
  CHECK(sockname(fd).path() == path);
  ::unlink(path.c_str());
}

TEST_CASE("the kernel picks an abstract name for an empty path") {
  const Fd fd = unix_socket();
  CHECK(sockname(fd).path().empty());
  CHECK(sockname(fd));
  const Address a = Address::unix_("");
  REQUIRE(::bind(fd.get(), a.data(), a.size()) == 0);
  CHECK(sockname(fd).path().size() == 6);
  CHECK(sockname(fd).path().front() == '\0');
}

TEST_CASE("a path ends at its first NUL whatever length is given") {
  sockaddr_un sa{};
  sa.sun_family = AF_UNIX;
  std::strcpy(sa.sun_path, "/run/x");
  const std::size_t offset = offsetof(sockaddr_un, sun_path);
  CHECK(from(sa).path() == "/run/x");
  CHECK(from(sa, offset + 6).path() == "/run/x");
  CHECK(from(sa, offset + 3).path() == "/ru");
  CHECK(from(sa) == Address::unix_("/run/x"));
  CHECK(std::hash<Address>()(from(sa)) == std::hash<Address>()(Address::unix_("/run/x")));
}

TEST_CASE("netlink, vsock and qipcrtr addresses are two numbers") {
  const Address n = Address::netlink(4711, 0x80000001);
  CHECK(n.size() == sizeof(sockaddr_nl));
  CHECK(n.family() == AF_NETLINK);
  CHECK(n.netlink().pid == 4711);
  CHECK(n.netlink().groups == 0x80000001);
  CHECK(as<sockaddr_nl>(n).nl_pid == 4711);

  const Address v = Address::vsock(2, VMADDR_PORT_ANY);
  CHECK(v.size() == sizeof(sockaddr_vm));
  CHECK(v.family() == AF_VSOCK);
  CHECK(v.vsock().cid == 2);
  CHECK(v.vsock().port == VMADDR_PORT_ANY);
  CHECK(as<sockaddr_vm>(v).svm_cid == 2);

  const Address q = Address::qipcrtr(5, 6);
  CHECK(q.size() == 12);
  CHECK(q.family() == AF_QIPCRTR);
  CHECK(q.qipcrtr().node == 5);
  CHECK(q.qipcrtr().port == 6);
}

TEST_CASE("a netlink socket has the address it was bound to") {
  const Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd) {
    MESSAGE("skipped: no AF_NETLINK here: " << std::strerror(errno));
    return;
  }
  const Address a = Address::netlink(static_cast<std::uint32_t>(::getpid()), 0);
  REQUIRE(::bind(fd.get(), a.data(), a.size()) == 0);
  CHECK(sockname(fd) == a);
}

TEST_CASE("a packet address has five parts") {
  const Address a = Address::packet("lo", ETH_P_ARP, PACKET_OUTGOING, 772, "\1\2\3\4\5\6\7\0"s);
  CHECK(a.size() == sizeof(sockaddr_ll));
  CHECK(as<sockaddr_ll>(a).sll_protocol == htons(ETH_P_ARP));
  const PacketAddress p = a.packet();
  CHECK(p.interface == "lo");
  CHECK(p.protocol == ETH_P_ARP);
  CHECK(p.packet_type == PACKET_OUTGOING);
  CHECK(p.hardware_type == 772);
  CHECK(p.hardware_address == "\1\2\3\4\5\6\7\0"s);
  CHECK(Address::packet("", 0).packet().interface.empty());
  CHECK(Address::packet("", 65535).packet().protocol == 65535);
}

TEST_CASE("a packet address refuses what does not fit") {
  CHECK_THROWS_AS(Address::packet("lo", 0, 0, 0, "123456789"), std::invalid_argument);
  CHECK_THROWS_AS(Address::packet("lo", -1), std::out_of_range);
  CHECK_THROWS_AS(Address::packet("lo", 65536), std::out_of_range);
  CHECK_THROWS_AS(Address::packet("lo", 0, 256), std::out_of_range);
  CHECK_THROWS_AS(Address::packet("lo", 0, 0, 65536), std::out_of_range);
  CHECK_THROWS_AS(Address::packet("l\0"s, 0), std::invalid_argument);
}

TEST_CASE("an unknown interface is ENODEV, one that is too long has its own error") {
  CHECK(code_of([] { Address::packet("nosuchif", 0); }) == std::errc::no_such_device);
  CHECK(code_of([] { Address::can("nosuchif"); }) == std::errc::no_such_device);
  CHECK(code_of([] { Address::can("fifteen-letters"); }) == std::errc::no_such_device);
  CHECK(code_of([] { Address::can("sixteen--letters"); }) == Errc::name_too_long);
  CHECK(code_of([] { Address::can_isotp("sixteen--letters", 1, 2); }) == Errc::name_too_long);
  CHECK(code_of([] { Address::can_j1939("nosuchif", 1, 2, 3); }) == std::errc::no_such_device);
}

TEST_CASE("an interface that is gone is shown by its number") {
  sockaddr_can sa{};
  sa.can_family = AF_CAN;
  sa.can_ifindex = 0x7fffffff;
  CHECK(from(sa).can() == "2147483647");
}

TEST_CASE("hardware addresses longer than the field are read as the kernel gave them") {
  struct {
    sockaddr_ll head{};
    char more[12]{};
  } sa;
  sa.head.sll_family = AF_PACKET;
  sa.head.sll_halen = 20;
  std::memset(sa.head.sll_addr, 'a', sizeof sa.head.sll_addr);
  std::memset(sa.more, 'b', sizeof sa.more);
  CHECK(from(sa).packet().hardware_address == "aaaaaaaabbbbbbbbbbbb");
}

TEST_CASE("a TIPC address is a range, a name or an identity") {
  const auto round_trip = [](const TipcAddress& in) {
    const TipcAddress out = Address::tipc(in).tipc();
    return out.type == in.type && out.v1 == in.v1 && out.v2 == in.v2 && out.v3 == in.v3 &&
           out.scope == in.scope;
  };
  CHECK(round_trip({TIPC_ADDR_NAMESEQ, 18888, 1, 0xffffffff, TIPC_NODE_SCOPE}));
  CHECK(round_trip({TIPC_ADDR_NAME, 18888, 17, 3, TIPC_CLUSTER_SCOPE}));
  CHECK(round_trip({TIPC_ADDR_ID, 0x1001001, 42, 0, 0}));
  const auto name = as<sockaddr_tipc>(Address::tipc({TIPC_ADDR_NAME, 18888, 17, 3, 2}));
  CHECK(name.addr.name.name.type == 18888);
  CHECK(name.addr.name.name.instance == 17);
  CHECK(name.addr.name.domain == 3);
  const auto id = as<sockaddr_tipc>(Address::tipc({TIPC_ADDR_ID, 5, 6, 0, 0}));
  CHECK(id.addr.id.node == 5);
  CHECK(id.addr.id.ref == 6);
  CHECK_THROWS_AS(Address::tipc({9, 0, 0, 0, 0}), std::invalid_argument);
  CHECK_THROWS_AS(Address::tipc({TIPC_ADDR_NAME + 256, 0, 0, 0, 0}), std::invalid_argument);
  CHECK_THROWS_AS(Address::tipc({TIPC_ADDR_NAME, 0, 0, 0, 128}), std::out_of_range);
}

TEST_CASE("an algorithm's type and name fit their fields") {
  const AlgAddress a = Address::alg("hash", "sha256", 8, 16).alg();
  CHECK(a.type == "hash");
  CHECK(a.name == "sha256");
  CHECK(a.features == 8);
  CHECK(a.mask == 16);
  CHECK(Address::alg(std::string(13, 't'), std::string(63, 'n')).alg().name.size() == 63);
  CHECK(code_of([] { Address::alg(std::string(14, 't'), "n"); }) == Errc::name_too_long);
  CHECK(code_of([] { Address::alg("t", std::string(64, 'n')); }) == Errc::name_too_long);
  CHECK_THROWS_AS(Address::alg("ha\0sh"s, "n"), std::invalid_argument);
}

TEST_CASE("CAN addresses come in three forms") {
  CHECK(Address::can("lo").can() == "lo");
  CHECK(Address::can("").can().empty());
  CHECK(as<sockaddr_can>(Address::can("")).can_ifindex == 0);
  CHECK(Address::can("lo").size() == sizeof(sockaddr_can));
  const IsotpAddress i = Address::can_isotp("lo", 0x7e0, CAN_EFF_FLAG | 0x18da00f1).isotp();
  CHECK(i.interface == "lo");
  CHECK(i.rx == 0x7e0);
  CHECK(i.tx == (CAN_EFF_FLAG | 0x18da00f1));
  const J1939Address j = Address::can_j1939("lo", 0x123456789abcdef0, 0x3ffff, 0xfe).j1939();
  CHECK(j.interface == "lo");
  CHECK(j.name == 0x123456789abcdef0);
  CHECK(j.pgn == 0x3ffff);
  CHECK(j.address == 0xfe);
}

TEST_CASE("a view of the wrong family is a mistake of the program") {
  const Address ip = Address::inet("127.0.0.1", 1);
  const Address path = Address::unix_("/x");
  CHECK_THROWS_AS((void)path.host(), std::logic_error);
  CHECK_THROWS_AS((void)path.port(), std::logic_error);
  CHECK_THROWS_AS((void)ip.flowinfo(), std::logic_error);
  CHECK_THROWS_AS((void)ip.scope_id(), std::logic_error);
  CHECK_THROWS_AS((void)ip.path(), std::logic_error);
  CHECK_THROWS_AS((void)ip.netlink(), std::logic_error);
  CHECK_THROWS_AS((void)ip.vsock(), std::logic_error);
  CHECK_THROWS_AS((void)ip.qipcrtr(), std::logic_error);
  CHECK_THROWS_AS((void)ip.packet(), std::logic_error);
  CHECK_THROWS_AS((void)ip.tipc(), std::logic_error);
  CHECK_THROWS_AS((void)ip.alg(), std::logic_error);
  CHECK_THROWS_AS((void)ip.can(), std::logic_error);
  CHECK_THROWS_AS((void)ip.isotp(), std::logic_error);
  CHECK_THROWS_AS((void)ip.j1939(), std::logic_error);
  CHECK_THROWS_AS((void)Address().host(), std::logic_error);
}

TEST_CASE("what the kernel left off reads as zero, what is too long is cut") {
  Address a = Address::inet("192.0.2.1", 80);
  a.resize(4);
  CHECK(a.size() == 4);
  CHECK(a.port() == 80);
  CHECK(a.host() == "0.0.0.0");
  a.resize(1000);
  CHECK(a.size() == Address::capacity());
  CHECK(a.host() == "0.0.0.0");
  a.resize(0);
  CHECK_FALSE(a);
  CHECK(a.family() == AF_UNSPEC);
  char bytes[200] = {};
  std::memset(bytes, 'x', sizeof bytes);
  CHECK(Address::from(reinterpret_cast<const sockaddr*>(bytes), sizeof bytes).raw() ==
        std::string(Address::capacity() - 2, 'x'));
}

TEST_CASE("padding does not count when addresses are compared") {
  sockaddr_in sa{};
  sa.sin_family = AF_INET;
  sa.sin_port = htons(80);
  sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::memset(sa.sin_zero, 'x', sizeof sa.sin_zero);
  const Address loopback = Address::inet("127.0.0.1", 80);
  CHECK(from(sa) == loopback);
  CHECK(std::hash<Address>()(from(sa)) == std::hash<Address>()(loopback));
  CHECK(loopback != Address::inet("127.0.0.1", 81));
  CHECK(loopback != Address::inet("127.0.0.2", 80));
  CHECK(Address::inet6("::1", 80) == Address::inet6("::1", 80));
  CHECK(Address::inet6("::1", 80) != Address::inet6("::1", 80, 1));
  CHECK(Address::inet6("::1", 80) != Address::inet6("::1", 80, 0, 1));
  CHECK(Address::netlink(1, 2) != Address::netlink(1, 3));
}

TEST_CASE("an address is shown in the grammar of sock-address(7)") {
  const std::string zone = "[fe80::1%" + std::to_string(0x7fffffff) + "]:22";
  const std::pair<Address, std::string> table[] = {
      {Address::inet("192.0.2.1", 80), "192.0.2.1:80"},
      {Address::inet6("::1", 80), "[::1]:80"},
      {Address::inet6("::ffff:192.0.2.1", 80), "[::ffff:192.0.2.1]:80"},
      {Address::inet6("fe80::1%lo", 22), "[fe80::1%lo]:22"},
      {Address::inet6("fe80::1", 22, 0, 0x7fffffff), zone},
      {Address::unix_("/run/x"), "unix:/run/x"},
      {Address::unix_("a b~"), "unix:a b~"},
      {Address::unix_("/a\\b\n\x7f\xc3"), "unix:/a\\\\b\\x0a\\x7f\\xc3"},
      {Address::unix_("@x@"), "unix:\\x40x@"},
      {Address::unix_("\0x"s), "unix:@x"},
      {Address::unix_("\0@\0y"s), "unix:@@\\x00y"},
      {Address::unix_("\0"s), "unix:@"},
      {Address::unix_(""), "unix:"},
      {Address::vsock(2, 80), "vsock:2:80"},
      {Address::vsock(VMADDR_CID_ANY, 80), "vsock:any:80"},
      {Address::netlink(4711, 3), "netlink:4711:3"},
      {Address::qipcrtr(5, 6), "qipcrtr:5:6"},
      {Address::packet("lo", 0), "packet:lo"},
      {Address::packet("lo", ETH_P_ARP), "packet:lo:0x0806"},
      {Address::packet("", ETH_P_ALL), "packet:*:0x0003"},
      {Address::tipc({TIPC_ADDR_NAME, 18888, 17, 0, 2}), "tipc:18888:17"},
      {Address::tipc({TIPC_ADDR_NAMESEQ, 18888, 17, 20, 2}), "tipc:18888:17-20"},
      {Address::tipc({TIPC_ADDR_ID, 5, 6, 0, 0}), "tipc:id:5:6"},
      {Address::alg("hash", "hmac(sha1)"), "alg:hash:hmac(sha1)"},
  };
  for (const auto& [address, text] : table) CHECK(to_string(address) == text);
}

TEST_CASE("the protocol tells the forms of a CAN address apart") {
  const Address can = Address::can("lo");
  CHECK(to_string(can) == "can:lo");
  CHECK(to_string(can, CAN_RAW) == "can:lo");
  CHECK(to_string(can, CAN_BCM) == "bcm:lo");
  CHECK(to_string(Address::can(""), CAN_RAW) == "can:*");
  CHECK(to_string(Address::can_isotp("lo", 0x7e0, 0x98da00f1), CAN_ISOTP) ==
        "isotp:lo:7e0:98da00f1");
  CHECK(to_string(Address::can_isotp("lo", 1, 0), CAN_ISOTP) == "isotp:lo:001:000");
  CHECK(to_string(Address::can_j1939("lo", 0xabc, 0x12300, 7), CAN_J1939) ==
        "j1939:lo:abc:12300:07");
}

TEST_CASE("a family without a grammar is shown as its number and bytes") {
  const char bytes[] = {AF_X25, 0, '\x0a', '\xff'};
  const Address a = Address::from(reinterpret_cast<const sockaddr*>(bytes), sizeof bytes);
  CHECK(to_string(a) == "family 9: 0aff");
  CHECK(a.raw() == "\x0a\xff");
  sockaddr_tipc odd{};
  odd.family = AF_TIPC;
  odd.addrtype = 9;
  CHECK(to_string(from(odd, 4)) == "family 30: 0900");
}
