#include "wire/candidates.hpp"

#include <linux/can.h>
#include <linux/tipc.h>
#include <netinet/in.h>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "recorder.hpp"
#include "sock/names.hpp"

using namespace sock;
using namespace sock::wire;

namespace {

constexpr int mptcp = 262;

std::string line(const Candidate& c) {
  return std::string(names::text(names::Kind::family, c.family)) + ' ' +
         std::string(names::text(names::Kind::type, c.type)) + ' ' + std::to_string(c.protocol) +
         ' ' + c.text;
}

std::vector<std::string> lines(const std::string& text, const SocketChoice& choice = {},
                               Purpose purpose = Purpose::connect) {
  std::vector<std::string> result;
  for (const Candidate& c : candidates(parse_endpoint(text), choice, purpose, Deadline(Timeout())))
    result.push_back(line(c));
  return result;
}

using Lines = std::vector<std::string>;
SocketChoice family(int f) { return {f, {}, {}, false}; }
SocketChoice type(int t) { return {{}, t, {}, false}; }
SocketChoice protocol(int p) { return {{}, {}, p, false}; }
const SocketChoice udp{{}, {}, {}, true};

}  // namespace

TEST_CASE("an endpoint becomes the sockets that could reach it") {
  const struct {
    std::string text;
    SocketChoice choice;
    Purpose purpose;
    Lines sockets;
  } rows[] = {
      {"192.0.2.1:80", {}, Purpose::connect, {"AF_INET SOCK_STREAM 6 192.0.2.1:80"}},
      {"[::1]:80", {}, Purpose::connect, {"AF_INET6 SOCK_STREAM 6 [::1]:80"}},
      {"192.0.2.1:http", {}, Purpose::connect, {"AF_INET SOCK_STREAM 6 192.0.2.1:80"}},
      {"192.0.2.1:53", udp, Purpose::connect, {"AF_INET SOCK_DGRAM 17 udp:192.0.2.1:53"}},
      {"192.0.2.1:53",
       type(SOCK_DGRAM),
       Purpose::connect,
       {"AF_INET SOCK_DGRAM 17 udp:192.0.2.1:53"}},
      {"udp:[::1]:53", {}, Purpose::connect, {"AF_INET6 SOCK_DGRAM 17 udp:[::1]:53"}},
      {"udp:[::1]:53", udp, Purpose::connect, {"AF_INET6 SOCK_DGRAM 17 udp:[::1]:53"}},
      {"sctp:192.0.2.1:1", {}, Purpose::connect, {"AF_INET SOCK_STREAM 132 sctp:192.0.2.1:1"}},
      {"sctp:192.0.2.1:1",
       type(SOCK_SEQPACKET),
       Purpose::connect,
       {"AF_INET SOCK_SEQPACKET 132 sctp:192.0.2.1:1"}},
      {"192.0.2.1:1",
       {{}, SOCK_SEQPACKET, IPPROTO_SCTP, false},
       Purpose::connect,
       {"AF_INET SOCK_SEQPACKET 132 sctp:192.0.2.1:1"}},
      {"mptcp:192.0.2.1:1", {}, Purpose::connect, {"AF_INET SOCK_STREAM 262 mptcp:192.0.2.1:1"}},
      {"192.0.2.1:1",
       protocol(mptcp),
       Purpose::connect,
       {"AF_INET SOCK_STREAM 262 mptcp:192.0.2.1:1"}},
      {"udplite:192.0.2.1:1", {}, Purpose::connect, {"AF_INET SOCK_DGRAM 136 udplite:192.0.2.1:1"}},
      {"raw:192.0.2.1",
       protocol(IPPROTO_ICMP),
       Purpose::connect,
       {"AF_INET SOCK_RAW 1 raw:192.0.2.1"}},
      {"raw:[::1]", protocol(58), Purpose::connect, {"AF_INET6 SOCK_RAW 58 raw:[::1]"}},
      {"raw:*", {AF_INET, {}, 1, false}, Purpose::listen, {"AF_INET SOCK_RAW 1 raw:0.0.0.0"}},
      {"8080",
       {},
       Purpose::connect,
       {"AF_INET6 SOCK_STREAM 6 [::1]:8080", "AF_INET SOCK_STREAM 6 127.0.0.1:8080"}},
      {"8080",
       {},
       Purpose::listen,
       {"AF_INET6 SOCK_STREAM 6 [::]:8080", "AF_INET SOCK_STREAM 6 0.0.0.0:8080"}},
      {"udp:0",
       {},
       Purpose::listen,
       {"AF_INET6 SOCK_DGRAM 17 udp:[::]:0", "AF_INET SOCK_DGRAM 17 udp:0.0.0.0:0"}},
      {"8080", family(AF_INET), Purpose::listen, {"AF_INET SOCK_STREAM 6 0.0.0.0:8080"}},
      {"8080", family(AF_INET6), Purpose::connect, {"AF_INET6 SOCK_STREAM 6 [::1]:8080"}},
      {"rds:192.0.2.1:5", {}, Purpose::connect, {"AF_RDS SOCK_SEQPACKET 0 rds:192.0.2.1:5"}},
      {"/run/x", {}, Purpose::connect, {"AF_UNIX SOCK_STREAM 0 unix:/run/x"}},
      {"unix:@x", udp, Purpose::listen, {"AF_UNIX SOCK_DGRAM 0 unix:@x"}},
      {"unix:@x", type(SOCK_SEQPACKET), Purpose::connect, {"AF_UNIX SOCK_SEQPACKET 0 unix:@x"}},
      {"unix:@x", family(AF_UNIX), Purpose::connect, {"AF_UNIX SOCK_STREAM 0 unix:@x"}},
      {"unix:", {}, Purpose::listen, {"AF_UNIX SOCK_STREAM 0 unix:"}},
      {"vsock:2:1024", {}, Purpose::connect, {"AF_VSOCK SOCK_STREAM 0 vsock:2:1024"}},
      {"can:lo", {}, Purpose::connect, {"AF_CAN SOCK_RAW 1 can:lo"}},
      {"can:*", {}, Purpose::listen, {"AF_CAN SOCK_RAW 1 can:*"}},
      {"bcm:lo", {}, Purpose::connect, {"AF_CAN SOCK_DGRAM 2 bcm:lo"}},
      {"isotp:lo:123:00000456",
       {},
       Purpose::connect,
       {"AF_CAN SOCK_DGRAM 6 isotp:lo:123:00000456"}},
      {"packet:lo", {}, Purpose::listen, {"AF_PACKET SOCK_RAW 768 packet:lo"}},
      {"packet:lo:0x0800",
       type(SOCK_DGRAM),
       Purpose::listen,
       {"AF_PACKET SOCK_DGRAM 8 packet:lo:0x0800"}},
      {"tipc:1000:5", {}, Purpose::connect, {"AF_TIPC SOCK_STREAM 0 tipc:1000:5"}},
      {"tipc:1000:5", type(SOCK_RDM), Purpose::listen, {"AF_TIPC SOCK_RDM 0 tipc:1000:5"}},
      {"fd:3", {}, Purpose::connect, {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    Lines found;
    CHECK_NOTHROW(found = lines(row.text, row.choice, row.purpose));
    CHECK(found == row.sockets);
  }
}

TEST_CASE("the kernel gets each address in its own form") {
  const auto address = [](const char* text, Purpose purpose) {
    return candidates(parse_endpoint(text), {}, purpose, Deadline(Timeout())).front().address;
  };
  const IsotpAddress isotp = address("isotp:lo:123:00000456", Purpose::connect).isotp();
  CHECK(isotp.interface == "lo");
  CHECK(isotp.rx == 0x123);
  CHECK(isotp.tx == (0x456 | CAN_EFF_FLAG));
  const PacketAddress packet = address("packet:lo:0x0806", Purpose::listen).packet();
  CHECK(packet.interface == "lo");
  CHECK(packet.protocol == 0x0806);
  CHECK(address("unix:@x\\0y", Purpose::connect).path() == std::string_view("\0x\0y", 4));
  CHECK(address("[fe80::1%lo]:1", Purpose::connect).scope_id() == 1);
  const TipcAddress name = address("tipc:1000:5", Purpose::connect).tipc();
  CHECK(name.type == TIPC_ADDR_NAME);
  CHECK(name.v1 == 1000);
  CHECK(name.v2 == 5);
  CHECK(name.v3 == 0);
  const TipcAddress one = address("tipc:id:5:6", Purpose::connect).tipc();
  CHECK(one.type == TIPC_ADDR_ID);
  CHECK(one.v1 == 5);
  CHECK(one.v2 == 6);
  CHECK_THROWS_AS(address("tipc:id:5:6", Purpose::listen), UsageError);

  const TipcAddress range = address("tipc:1000:5", Purpose::listen).tipc();
  CHECK(range.type == TIPC_ADDR_NAMESEQ);
  CHECK(range.v2 == 5);
  CHECK(range.v3 == 5);
}

TEST_CASE("choices that cannot go together say what to do") {
  const struct {
    std::string text;
    SocketChoice choice;
    Purpose purpose;
    std::string message;
  } rows[] = {
      {"raw:127.0.0.1", {}, Purpose::connect, "raw:127.0.0.1: a raw socket needs --protocol"},
      {"127.0.0.1:1", type(SOCK_RAW), Purpose::connect,
       "127.0.0.1:1: raw sockets have no ports: write raw:HOST"},
      {"127.0.0.1:1", family(AF_UNIX), Purpose::connect,
       "127.0.0.1:1: a host has addresses of the families AF_INET and AF_INET6"},
      {"unix:/x", family(AF_INET6), Purpose::connect,
       "unix:/x: this address has its own family: leave out -4, -6 and --family"},
      {"vsock:2:1", family(AF_INET), Purpose::connect,
       "vsock:2:1: this address has its own family: leave out -4, -6 and --family"},
      {"rds:127.0.0.1:1", family(AF_INET), Purpose::connect,
       "rds:127.0.0.1:1: this address has its own family: leave out -4, -6 and --family"},
      {"sctp:127.0.0.1:1", udp, Purpose::connect,
       "sctp:127.0.0.1:1: this address has sockets of type SOCK_STREAM or SOCK_SEQPACKET: leave "
       "out --udp"},
      {"mptcp:127.0.0.1:1", type(SOCK_DGRAM), Purpose::connect,
       "mptcp:127.0.0.1:1: this address has sockets of type SOCK_STREAM"},
      {"mptcp:127.0.0.1:1", protocol(6), Purpose::connect,
       "mptcp:127.0.0.1:1: this address has its own protocol: leave out --protocol"},
      {"udp:127.0.0.1:1", type(SOCK_STREAM), Purpose::connect,
       "udp:127.0.0.1:1: this address has sockets of type SOCK_DGRAM"},
      {"127.0.0.1:1",
       {{}, SOCK_STREAM, {}, true},
       Purpose::connect,
       "127.0.0.1:1: --udp and --type contradict each other"},
      {"can:lo", udp, Purpose::connect,
       "can:lo: this address has sockets of type SOCK_RAW: leave out --udp"},
      {"bcm:lo",
       {},
       Purpose::listen,
       "bcm:lo: the broadcast manager can only be connected to: use connect, or listen on can:"},
      {"packet:lo", protocol(3), Purpose::listen,
       "packet:lo: the protocol stands in the address: packet:IFACE:PROTO"},
      {"unix:",
       {},
       Purpose::connect,
       "unix:: there is no socket without a name: write unix:PATH or unix:@NAME"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK_THROWS_WITH_AS((void)lines(row.text, row.choice, row.purpose), row.message.c_str(),
                         UsageError);
  }
}

TEST_CASE("an address that cannot be made names the address") {
  try {
    (void)lines("can:no-such-iface");
    FAIL("an interface of that name was found");
  } catch (const Error& e) {
    CHECK(e.code() == std::errc::no_such_device);
    CHECK(e.subject() == "can:no-such-iface");
  }
  const std::string path = "/" + std::string(200, 'x');
  try {
    (void)lines(path);
    FAIL("a path of 201 bytes was taken");
  } catch (const Error& e) {
    CHECK(e.code() == Errc::path_too_long);
    CHECK(e.subject() == "unix:" + path);
  }
}

TEST_CASE("a look-up is told of, with its result, and only where there is a name") {
  Recorder seen;
  const Deadline no_limit{Timeout()};
  const auto found =
      candidates(parse_endpoint("localhost:80"), {}, Purpose::connect, no_limit, seen);
  REQUIRE_FALSE(found.empty());
  CHECK(seen.lines ==
        Lines{"resolving localhost", "resolved localhost " + std::to_string(found.size())});
  seen.lines.clear();
  (void)candidates(parse_endpoint("127.0.0.1:80"), {}, Purpose::connect, no_limit, seen);
  (void)candidates(parse_endpoint("80"), {}, Purpose::listen, no_limit, seen);
  (void)candidates(parse_endpoint("/x"), {}, Purpose::listen, no_limit, seen);
  CHECK(seen.lines.empty());
}

TEST_CASE("an address is shown with its transport, and parses back") {
  const Address v4 = Address::inet("192.0.2.1", 80);
  const Address v6 = Address::inet6("::1", 80);
  CHECK(shown(v4, AF_INET, SOCK_STREAM, IPPROTO_TCP) == "192.0.2.1:80");
  CHECK(shown(v6, AF_INET6, SOCK_STREAM, 0) == "[::1]:80");
  CHECK(shown(v6, AF_INET6, SOCK_DGRAM, 0) == "udp:[::1]:80");
  CHECK(shown(v4, AF_INET, SOCK_RAW, 1) == "raw:192.0.2.1");
  CHECK(shown(v6, AF_INET6, SOCK_RAW, 1) == "raw:[::1]");
  CHECK(shown(v4, AF_RDS, SOCK_SEQPACKET, 0) == "rds:192.0.2.1:80");
  CHECK(shown(Address::unix_("/x"), AF_UNIX, SOCK_DGRAM, 0) == "unix:/x");
  CHECK(shown(Address(), AF_INET, SOCK_STREAM, 0).empty());
}

TEST_CASE("an address with another port keeps the rest") {
  CHECK(with_port(Address::inet("192.0.2.1", 1), 2) == Address::inet("192.0.2.1", 2));
  CHECK(with_port(Address::inet6("fe80::1", 1, 5, 1), 2) == Address::inet6("fe80::1", 2, 5, 1));
}

TEST_CASE("messages come from anybody where sockets take no connections, whatever their type") {
  CHECK(takes_connections(AF_INET, SOCK_STREAM, IPPROTO_TCP));
  CHECK(takes_connections(AF_INET, SOCK_STREAM, IPPROTO_SCTP));
  CHECK(takes_connections(AF_UNIX, SOCK_SEQPACKET, 0));
  CHECK(takes_connections(AF_TIPC, SOCK_SEQPACKET, 0));
  CHECK_FALSE(takes_connections(AF_INET, SOCK_DGRAM, IPPROTO_UDP));
  CHECK_FALSE(takes_connections(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP));
  CHECK_FALSE(takes_connections(AF_RDS, SOCK_SEQPACKET, 0));
  CHECK_FALSE(takes_connections(AF_TIPC, SOCK_RDM, 0));
}
