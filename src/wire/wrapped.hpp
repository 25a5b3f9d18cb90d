// Datagrams that carry more than their data.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "io/channel.hpp"
#include "sock/socket.hpp"

namespace sock::wire {

// What stands around the data of datagrams on their way to the peer.
struct Wrapping {
  std::string header = {};  // before the data of each that is sent
  // Of a proxy of SOCKS 5, and its name: those that come have a header of its own, and it passes
  // them on for as long as this connection holds.
  std::optional<Socket> control = {};
  std::string proxy = {};
};

// A connected datagram socket as io::datagram_channel() has it, and the data alone is seen. Those
// that come without the header that they should have are dropped. The end of the control connection
// is a ProxyError.
std::unique_ptr<io::Channel> wrapped_channel(Socket, Wrapping, std::string name);

}  // namespace sock::wire
