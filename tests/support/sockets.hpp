// Small steps that tests take with sockets.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <string>

#include <doctest/doctest.h>

#include "sock/error.hpp"
#include "sock/socket.hpp"

namespace support {

// On 127.0.0.1 or another address, and bounded in every wait.
inline sock::Socket server(const sock::Address& address = sock::Address::inet("127.0.0.1", 0),
                           int type = SOCK_STREAM) {
  sock::Socket socket(address.family(), type);
  socket.settimeout(std::chrono::seconds(20));
  if (address.family() == AF_INET6) socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  socket.bind(address);
  if (type != SOCK_DGRAM) socket.listen();
  return socket;
}

// So many bytes, or fewer at the end.
inline std::string read_exactly(sock::Socket& socket, std::size_t bytes) {
  std::string all;
  while (all.size() < bytes) {
    const std::string part = socket.recv(bytes - all.size());
    if (part.empty()) break;
    all += part;
  }
  return all;
}

// Says, where this machine has none, that what needs it is skipped.
inline bool has_ipv6() {
  try {
    sock::Socket(AF_INET6).bind(sock::Address::inet6("::1", 0));
    return true;
  } catch (const sock::Error& error) {
    MESSAGE("skipped, no IPv6 on loopback: " << error.what());
    return false;
  }
}

// The number of the error that it ends with; 0: none.
template <class Body>
int error_of(const Body& body) {
  try {
    body();
    return 0;
  } catch (const sock::Error& error) {
    return error.code().value();
  }
}

}  // namespace support
