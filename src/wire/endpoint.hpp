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
  std::string path;  // as the kernel takes it: an abstract name begins with NUL
  bool operator==(const UnixEndpoint&) const = default;
};
struct VsockEndpoint {
  std::uint32_t cid, port;
  bool operator==(const VsockEndpoint&) const = default;
};
struct CanEndpoint {
  bool broadcast_manager;  // bcm: CAN_BCM, else can: CAN_RAW
  std::string interface;
  bool operator==(const CanEndpoint&) const = default;
};
struct IsotpEndpoint {
  std::string interface;
  std::uint32_t rx, tx;
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
  bool operator==(const TipcEndpoint&) const = default;
};
struct RawEndpoint {
  std::string host;
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

// `port`: a bare PORT after a HOST without one ("HOST PORT"); it belongs to the host and is an
// error where the text has a port already or its family has none. Throws EndpointError.
Endpoint parse_endpoint(std::string_view text, std::string_view port = {});

// Is this text a port alone ("8080", ":http", "*:53")?
bool is_bare_port(std::string_view text) noexcept;

// Parses back to the same endpoint.
std::string to_string(const Endpoint&);

}  // namespace sock::wire
