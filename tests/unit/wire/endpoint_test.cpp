#include "wire/endpoint.hpp"

#include <linux/can.h>
#include <linux/if_ether.h>
#include <linux/vm_sockets.h>

#include <climits>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace sock::wire;
using namespace std::string_literals;

namespace {

InetEndpoint inet(std::string host, std::string port, Transport transport = Transport::tcp) {
  return {transport, std::move(host), std::move(port)};
}

std::string what(std::string_view text, std::string_view port = {}) {
  try {
    return "parsed as " + to_string(parse_endpoint(text, port));
  } catch (const EndpointError& e) {
    return e.what();
  }
}

std::size_t column(std::string_view text, std::string_view port = {}) {
  try {
    parse_endpoint(text, port);
    return 0;
  } catch (const EndpointError& e) {
    return e.column();
  }
}

}  // namespace

TEST_CASE("each form of an address is read as what it says, and printed in one way") {
  const struct {
    std::string text;
    Endpoint endpoint;
    std::string printed;
  } rows[] = {
      {"example.test:80", inet("example.test", "80"), "example.test:80"},
      {"192.0.2.1:http", inet("192.0.2.1", "http"), "192.0.2.1:http"},
      {"db:5432", inet("db", "5432"), "db:5432"},
      {"h\xc3\xb6st:0", inet("h\xc3\xb6st", "0"), "h\xc3\xb6st:0"},
      {"[2001:db8::1]:443", inet("2001:db8::1", "443"), "[2001:db8::1]:443"},
      {"[fe80::1%eth0]:22", inet("fe80::1%eth0", "22"), "[fe80::1%eth0]:22"},
      {"[fe80::1%a\\x5db]:22", inet("fe80::1%a]b", "22"), "[fe80::1%a\\x5db]:22"},
      {"[::]:65535", inet("::", "65535"), "[::]:65535"},
      {"8080", inet("", "8080"), "*:8080"},
      {":8080", inet("", "8080"), "*:8080"},
      {":http-alt", inet("", "http-alt"), "*:http-alt"},
      {"*:9p_fs.x+", inet("", "9p_fs.x+"), "*:9p_fs.x+"},
      {"tcp:8080", inet("", "8080"), "*:8080"},
      {"tcp:udp:53", inet("udp", "53"), "tcp:udp:53"},
      {"tcp:UDP:53", inet("UDP", "53"), "tcp:UDP:53"},
      {"udp:53", inet("", "53", Transport::udp), "udp:*:53"},
      {"UDP:dns:53", inet("dns", "53", Transport::udp), "udp:dns:53"},
      {"tls:[::1]:443", inet("::1", "443", Transport::tls), "tls:[::1]:443"},
      {"sctp:a:1", inet("a", "1", Transport::sctp), "sctp:a:1"},
      {"mptcp:a:1", inet("a", "1", Transport::mptcp), "mptcp:a:1"},
      {"udplite:a:1", inet("a", "1", Transport::udplite), "udplite:a:1"},
      {"unixx:80", inet("unixx", "80"), "unixx:80"},
      {"/run/x", UnixEndpoint{"/run/x"}, "unix:/run/x"},
      {"./x:80", UnixEndpoint{"./x:80"}, "unix:./x:80"},
      {"../a\\b", UnixEndpoint{"../a\\b"}, "unix:../a\\\\b"},
      {"unix:x", UnixEndpoint{"x"}, "unix:x"},
      {"unix:a\\x20b\\\\", UnixEndpoint{"a b\\"}, "unix:a\\x20b\\\\"},
      {"unix:@name", UnixEndpoint{"\0name"s}, "unix:@name"},
      {"unix:@a\\0\\xfF", UnixEndpoint{"\0a\0\xff"s}, "unix:@a\\x00\\xff"},
      {"unix:\\0name", UnixEndpoint{"\0name"s}, "unix:@name"},
      {"unix:@", UnixEndpoint{"\0"s}, "unix:@"},
      {"unix:\\x40file", UnixEndpoint{"@file"}, "unix:\\x40file"},
      {"unix:", UnixEndpoint{""}, "unix:"},
      {"vsock:3:1024", VsockEndpoint{3, 1024}, "vsock:3:1024"},
      {"vsock:any:any", VsockEndpoint{VMADDR_CID_ANY, VMADDR_PORT_ANY}, "vsock:any:any"},
      {"vsock:hypervisor:0", VsockEndpoint{0, 0}, "vsock:0:0"},
      {"vsock:local:1", VsockEndpoint{1, 1}, "vsock:1:1"},
      {"vsock:host:0x10", VsockEndpoint{2, 16}, "vsock:2:16"},
      {"can:vcan0", CanEndpoint{false, "vcan0"}, "can:vcan0"},
      {"can:", CanEndpoint{false, ""}, "can:*"},
      {"bcm:*", CanEndpoint{true, ""}, "bcm:*"},
      {"can:\\x2a", CanEndpoint{false, "*"}, "can:\\x2a"},
      {"isotp:can0:7E0:0x7e8", IsotpEndpoint{"can0", 0x7e0, 0x7e8}, "isotp:can0:7e0:7e8"},
      {"isotp:can0:1:00000123", IsotpEndpoint{"can0", 1, 0x123 | CAN_EFF_FLAG},
       "isotp:can0:001:00000123"},
      {"isotp:can0:800:1fffffff",
       IsotpEndpoint{"can0", 0x800 | CAN_EFF_FLAG, CAN_EFF_MASK | CAN_EFF_FLAG},
       "isotp:can0:00000800:1fffffff"},
      {"isotp:can0:80000123:9fffffff",
       IsotpEndpoint{"can0", 0x123 | CAN_EFF_FLAG, CAN_EFF_MASK | CAN_EFF_FLAG},
       "isotp:can0:00000123:1fffffff"},
      {"packet:eth0", PacketEndpoint{"eth0", ETH_P_ALL}, "packet:eth0"},
      {"packet:eth0:0x0800", PacketEndpoint{"eth0", ETH_P_IP}, "packet:eth0:0x0800"},
      {"packet:*:2054", PacketEndpoint{"", ETH_P_ARP}, "packet:*:0x0806"},
      {"packet:eth0:0", PacketEndpoint{"eth0", 0}, "packet:eth0:0x0000"},
      {"rds:192.0.2.1:18634", RdsEndpoint{"192.0.2.1", "18634"}, "rds:192.0.2.1:18634"},
      {"rds:can:1", RdsEndpoint{"can", "1"}, "rds:can:1"},
      {"tipc:4294967295:0", TipcEndpoint{UINT32_MAX, 0}, "tipc:4294967295:0"},
      {"tipc:id:0:1919073498", TipcEndpoint{0, 1919073498, true}, "tipc:id:0:1919073498"},
      {"raw:host", RawEndpoint{"host"}, "raw:host"},
      {"raw:*", RawEndpoint{""}, "raw:*"},
      {"raw:::1", RawEndpoint{"::1"}, "raw:[::1]"},
      {"raw:[fe80::1%lo]", RawEndpoint{"fe80::1%lo"}, "raw:[fe80::1%lo]"},
      {"fd:0", FdEndpoint{0}, "fd:0"},
      {"fd:2147483647", FdEndpoint{INT_MAX}, "fd:2147483647"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(what(row.text) == "parsed as " + row.printed);
    if (column(row.text) != 0) continue;
    CHECK(parse_endpoint(row.text) == row.endpoint);
    CHECK(parse_endpoint(row.printed) == row.endpoint);
  }
}

TEST_CASE("a port in an argument of its own belongs to the host before it") {
  CHECK(parse_endpoint("example.test", "80") == Endpoint(inet("example.test", "80")));
  CHECK(parse_endpoint("::1", "80") == Endpoint(inet("::1", "80")));
  CHECK(parse_endpoint("fe80::1%eth0", "ssh") == Endpoint(inet("fe80::1%eth0", "ssh")));
  CHECK(parse_endpoint("[::1]", "80") == Endpoint(inet("::1", "80")));
  CHECK(parse_endpoint("*", "80") == Endpoint(inet("", "80")));
  CHECK(parse_endpoint("", "80") == Endpoint(inet("", "80")));
  CHECK(parse_endpoint("udp:", "53") == Endpoint(inet("", "53", Transport::udp)));
  CHECK(parse_endpoint("udp:::1", "53") == Endpoint(inet("::1", "53", Transport::udp)));
  CHECK(parse_endpoint("rds:host", "1") == Endpoint(RdsEndpoint{"host", "1"}));
}

TEST_CASE("text that is no address is an error at the column where it stops being one") {
  const struct {
    std::string text, port;
    std::size_t column;
    std::string expected;
  } rows[] = {
      {"", "", 1, "HOST:PORT or a port"},
      {"udp:", "", 5, "HOST:PORT or a port"},
      {"foo", "", 4, "\":\" and a port"},
      {"@name", "", 6, "\":\" and a port (an abstract Unix socket is unix:@NAME)"},
      {"foo:", "", 5, "a port from 0 to 65535 or a service name"},
      {":", "", 2, "a port from 0 to 65535 or a service name"},
      {"foo:99999", "", 5, "a port from 0 to 65535 or a service name"},
      {"foo:65536", "", 5, "a port from 0 to 65535 or a service name"},
      {"99999999999999999999999", "", 1, "a port from 0 to 65535 or a service name"},
      {"foo:-1", "", 5, "a port from 0 to 65535 or a service name"},
      {"foo:80/tcp", "", 7, "the end of the address"},
      {"quic:host:443", "", 10,
       "the end of the address (what stands before HOST:PORT is none of the known prefixes)"},
      {"http://host", "", 6, "a port from 0 to 65535 or a service name (HOST:PORT, not a URL)"},
      {"fo o:80", "", 3, "\":\" and a port"},
      {" foo:80", "", 1, "a host name or address"},
      {"foo\n:80", "", 4, "\":\" and a port"},
      {"::1:80", "", 1, "\"[\" before an IPv6 address (put it in brackets: [::1]:80)"},
      {":::80", "", 1, "\"[\" before an IPv6 address (put it in brackets: [::1]:80)"},
      {"udp:fe80::1%eth0", "", 5, "\"[\" before an IPv6 address (put it in brackets: [::1]:80)"},
      {"[::1]", "", 6, "\":\" and a port"},
      {"[::1]80", "", 6, "\":\" and a port"},
      {"[::1", "", 5, "\"]\" after the IPv6 address"},
      {"[]:80", "", 2, "an IPv6 address"},
      {"[192.0.2.1]:80", "", 2, "an IPv6 address"},
      {"[::1\0]:80"s, "", 2, "an IPv6 address"},
      {"[fe80::1%]:80", "", 10, "an interface's name of at most 15 bytes"},
      {"foo", "99999", 5, "a port from 0 to 65535 or a service name"},
      {"foo:80", "443", 8, "nothing more: the address has its port"},
      {"8080", "443", 6, "nothing more: the address has its port"},
      {"/run/x", "80", 8, "nothing more: this address has no port"},
      {"fd:3", "80", 6, "nothing more: this address has no port"},
      {"raw:host", "80", 10, "nothing more: this address has no port"},
      {"unix:a\\nb", "", 7, "\\\\, \\0 or \\xNN"},
      {"unix:\\x4", "", 6, "\\\\, \\0 or \\xNN"},
      {"unix:ab\\", "", 8, "\\\\, \\0 or \\xNN"},
      {"unix:a\\0b", "", 6, "a path without NUL bytes"},
      {"/a\0b"s, "", 1, "a path without NUL bytes"},
      {"vsock:3", "", 8, "\":\" and a port"},
      {"vsock:x:1", "", 7, "a context number, any, local, host or hypervisor, at most 4294967295"},
      {"vsock:3:", "", 9, "a port number or any, at most 4294967295"},
      {"vsock:3:4294967296", "", 9, "a port number or any, at most 4294967295"},
      {"can:0123456789abcdef", "", 5, "an interface's name of at most 15 bytes"},
      {"can:a/b", "", 5, "an interface's name of at most 15 bytes"},
      {"isotp:can0", "", 11, "\":\" and the identifier to receive"},
      {"isotp:can0:1", "", 13, "\":\" and the identifier to send"},
      {"isotp:can0:1:20000000", "", 14, "a CAN identifier in hexadecimal, at most 1fffffff"},
      {"isotp:can0:000000001:2", "", 12, "a CAN identifier in hexadecimal, at most 1fffffff"},
      {"isotp:can0:xyz:2", "", 12, "a CAN identifier in hexadecimal, at most 1fffffff"},
      {"isotp:can0:1:-2", "", 14, "a CAN identifier in hexadecimal, at most 1fffffff"},
      {"packet:eth0:0800", "", 13,
       "a protocol number (0x0800 is IPv4), at most 65535 (hexadecimal begins with 0x)"},
      {"packet:eth0:65536", "", 13, "a protocol number (0x0800 is IPv4), at most 65535"},
      {"rds::1", "", 5, "a host (RDS has no address for every interface)"},
      {"tipc:id:1", "", 10, "\":\" and a port number"},
      {"tipc:id:x:1", "", 9, "a node's number, at most 4294967295"},
      {"tipc:1", "", 7, "\":\" and an instance number"},
      {"tipc:1:x", "", 8, "an instance number, at most 4294967295"},
      {"raw:", "", 5, "a host (\"*\" is every address of this machine)"},
      {"raw:host:80", "", 9, "the end of the address"},
      {"raw:[::1]:80", "", 10, "the end of the address"},
      {"fd:", "", 4, "the number of an open descriptor, at most 2147483647"},
      {"fd:-1", "", 4, "the number of an open descriptor, at most 2147483647"},
      {"fd:2147483648", "", 4, "the number of an open descriptor, at most 2147483647"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const std::string typed = row.port.empty() ? row.text : row.text + ' ' + row.port;
    CHECK(column(row.text, row.port) == row.column);
    const std::string message = "address \"" + typed + "\": column " + std::to_string(row.column) +
                                ": expected " + row.expected;
    // Compared as C strings: what() ends at a NUL.
    CHECK(what(row.text, row.port) == std::string(message.c_str()));
  }
}

TEST_CASE("a source may leave its port out") {
  CHECK(parse_source("192.0.2.1") == Endpoint(inet("192.0.2.1", "0")));
  CHECK(parse_source("::1") == Endpoint(inet("::1", "0")));
  CHECK(parse_source("[::1]") == Endpoint(inet("::1", "0")));
  CHECK(parse_source("fe80::1%eth0") == Endpoint(inet("fe80::1%eth0", "0")));
  CHECK(parse_source("192.0.2.1:99") == Endpoint(inet("192.0.2.1", "99")));
  CHECK(parse_source("99") == Endpoint(inet("", "99")));
  CHECK(parse_source(":99") == Endpoint(inet("", "99")));
  CHECK(parse_source("*") == Endpoint(inet("", "0")));
  CHECK(parse_source("/run/me") == Endpoint(UnixEndpoint{"/run/me"}));
  CHECK_THROWS_AS(parse_source(""), EndpointError);
  CHECK_THROWS_AS(parse_source("host:99999"), EndpointError);
}

TEST_CASE("a bare port is a number, or anything that a colon marks as one") {
  for (const char* text : {"0", "8080", "99999", ":http", ":80", "*:53", "*:domain"}) {
    CAPTURE(text);
    CHECK(is_bare_port(text));
  }
  for (const char* text : {"", ":", "*", "*:", "http", "host:80", "::1", "udp:53", "80 ", "-1",
                           "fd:3", "/80", ":-x"}) {
    CAPTURE(text);
    CHECK_FALSE(is_bare_port(text));
  }
}

namespace {

// Endpoints of every kind, from texts that are hard to print.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Endpoint endpoint() {
    switch (below(10)) {
      case 0:
        return InetEndpoint{static_cast<Transport>(below(6)), below(4) ? host() : "", port()};
      case 1:
        return UnixEndpoint{unix_path()};
      case 2:
        return VsockEndpoint{number(), number()};
      case 3:
        return CanEndpoint{below(2) == 0, interface()};
      case 4:
        return IsotpEndpoint{interface(), can_id(), can_id()};
      case 5:
        return PacketEndpoint{interface(), static_cast<std::uint16_t>(number())};
      case 6:
        return RdsEndpoint{host(), port()};
      case 7:
        return TipcEndpoint{number(), number()};
      case 8:
        return RawEndpoint{below(4) ? host() : ""};
      default:
        return FdEndpoint{static_cast<int>(number() & INT_MAX)};
    }
  }

  std::string bytes(std::size_t most, std::string_view alphabet = {}) {
    std::string text(below(most + 1), '\0');
    for (char& c : text)
      c = alphabet.empty() ? static_cast<char>(below(256)) : alphabet[below(alphabet.size())];
    return text;
  }
  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }

 private:
  std::uint32_t number() {
    const std::uint32_t edges[] = {0, 1, 3, 0xffff, INT_MAX, UINT32_MAX};
    return below(2) ? edges[below(std::size(edges))] : static_cast<std::uint32_t>(random_());
  }
  std::uint32_t can_id() {
    return below(2) ? number() & CAN_SFF_MASK : (number() & CAN_EFF_MASK) | CAN_EFF_FLAG;
  }
  std::string port() {
    return below(2) ? std::to_string(below(65536)) : "x" + bytes(8, "az09AZ-_.+");
  }
  std::string interface() {
    std::string name = bytes(15, "az09]%*\\@\x01\xff-.");
    return name;
  }
  std::string host() {
    const char* const fixed[] = {
        "::1", "2001:db8::192.0.2.1", "192.0.2.1", "tcp", "udp", "fd", "unix", "8080", "..", "@x",
        "Raw"};
    switch (below(4)) {
      case 0:
        return "fe80::1%z" + bytes(14, "az]%\\\xc3");
      case 1:
        return "h" + bytes(12, "az09-_.%\\@\xc3\xb6");
      default:
        return fixed[below(std::size(fixed))];
    }
  }
  std::string unix_path() {
    std::string path = bytes(20);
    if (path.starts_with('\0')) return path;
    for (char& c : path)
      if (c == '\0') c = '@';
    return path;
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("what is printed parses back to the same endpoint") {
  Generator generate(20240607);
  for (int i = 0; i < 50'000; ++i) {
    const Endpoint endpoint = generate.endpoint();
    const std::string text = to_string(endpoint);
    INFO(text);
    REQUIRE(column(text) == 0);
    REQUIRE(parse_endpoint(text) == endpoint);
  }
}

TEST_CASE("any bytes are an address or an error within them") {
  Generator generate(7);
  const std::string_view words[] = {
      "udp:", "unix:",  "[",      "]",       "::1", "%", "\\x", "@",  "/",
      "./",   "isotp:", "vsock:", "packet:", "0x",  ":", "*",   "80", "fd:"};
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (std::size_t n = generate.below(6); n > 0; --n)
      text += generate.below(2) ? std::string(words[generate.below(std::size(words))])
                                : generate.bytes(6);
    const std::string port = generate.below(3) ? "" : generate.bytes(5);
    try {
      const Endpoint endpoint = parse_endpoint(text, port);
      REQUIRE(parse_endpoint(to_string(endpoint)) == endpoint);
    } catch (const EndpointError& e) {
      const std::size_t typed = text.size() + (port.empty() ? 0 : 1 + port.size());
      REQUIRE(e.column() >= 1);
      REQUIRE(e.column() <= typed + 1);
    }
    (void)is_bare_port(text);
  }
}
