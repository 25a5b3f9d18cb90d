// The grammar of addresses, sock-address(7): text to a typed endpoint and back. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

namespace sock::wire {

enum class Transport : std::uint8_t { tcp, udp, tls, sctp, mptcp, udplite };

struct InetEndpoint {
  Transport transport = Transport::tcp;
  std::string
      host;  // name or numeric, IPv6 without brackets, with its %zone; "" is any or this machine
  std::string port;  // number or service name
  bool operator==(const InetEndpoint&) const = default;
};
struct UnixEndpoint {
  // As the kernel takes it: an abstract name begins with NUL; "" ("unix:") is one of the kernel's
  // choice.
  std::string path;
  bool operator==(const UnixEndpoint&) const = default;
};
struct VsockEndpoint {
  std::uint32_t cid, port;  // VMADDR_CID_ANY, VMADDR_PORT_ANY: "any"
  bool operator==(const VsockEndpoint&) const = default;
};
// An interface "" is every interface, "*" in the text.
struct CanEndpoint {
  bool broadcast_manager;  // bcm: CAN_BCM, else can: CAN_RAW
  std::string interface;
  bool operator==(const CanEndpoint&) const = default;
};
struct IsotpEndpoint {
  std::string interface;
  std::uint32_t rx, tx;  // with CAN_EFF_FLAG where they have 29 bits
  bool operator==(const IsotpEndpoint&) const = default;
};
struct PacketEndpoint {
  std::string interface;
  std::uint16_t protocol;  // ETH_P_*; ETH_P_ALL when the text has none
  bool operator==(const PacketEndpoint&) const = default;
};
struct RdsEndpoint {
  std::string host, port;
  bool operator==(const RdsEndpoint&) const = default;
};
struct TipcEndpoint {
  std::uint32_t type, instance;
  bool identity = false;  // of one socket: its node and its port there
  bool operator==(const TipcEndpoint&) const = default;
};
struct RawEndpoint {
  std::string host;  // as in InetEndpoint
  bool operator==(const RawEndpoint&) const = default;
};
struct FdEndpoint {
  int fd;
  bool operator==(const FdEndpoint&) const = default;
};
using Endpoint = std::variant<InetEndpoint, UnixEndpoint, VsockEndpoint, CanEndpoint, IsotpEndpoint,
                              PacketEndpoint, RdsEndpoint, TipcEndpoint, RawEndpoint, FdEndpoint>;

// Text that is no address. what() is whole: the text, the column, what was expected there, a hint.
class EndpointError : public std::invalid_argument {
 public:
  EndpointError(std::string_view text, std::size_t column, std::string_view expected,
                std::string_view hint = {});
  std::size_t column() const noexcept { return column_; }  // counted from 1

 private:
  std::size_t column_;
};

// Pure, and total: any bytes are an endpoint or an EndpointError. A path that begins with "/", "./"
// or "../" is taken as it is; after "unix:" and in names of interfaces \\, \0 and \xNN are escapes.
// `port`: a bare PORT after a HOST without one ("HOST PORT"); it belongs to the host and is an
// error where the text has a port already or its family has none. Throws EndpointError.
Endpoint parse_endpoint(std::string_view text, std::string_view port = {});

// As parse_endpoint, for the address to connect from: the port may be left out and is then 0, the
// system's choice ("192.0.2.1", "::1"); a number alone is a port.
Endpoint parse_source(std::string_view text);

// Is this text a port alone ("8080", ":http", "*:53")? Its range is the parser's to check.
bool is_bare_port(std::string_view text) noexcept;

// Parses back to the same endpoint.
std::string to_string(const Endpoint&);

}  // namespace sock::wire
