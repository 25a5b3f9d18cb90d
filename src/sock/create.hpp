// Connections and servers in one call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sock/address.hpp"
#include "sock/socket.hpp"
#include "sock/timeout.hpp"

namespace sock {

// Python: socket.socketpair; a connected pair.
std::pair<Socket, Socket> socketpair(int family = AF_UNIX, int type = SOCK_STREAM, int proto = 0);

// Python: socket.fromfd; a Socket of its own for a duplicate of the descriptor.
Socket fromfd(FdRef, int family = -1, int type = -1, int proto = -1);

struct ConnectOptions {
  // For each attempt, and afterwards of the socket. Not given: the process's default; Timeout() is
  // given, and none.
  std::optional<Timeout> timeout{};
  // (host, port) to bind to before connecting.
  std::optional<std::pair<std::string, int>> source_address{};
  // Throw ErrorGroup with the failure of every attempt, instead of the last one's.
  bool all_errors = false;
};

// Resolves host and tries each address in turn until one connects (TCP). Throws gaierror, the last
// attempt's Error, or ErrorGroup.
Socket create_connection(std::string_view host, int port, const ConnectOptions& = {});
// The port by service name or number; no host is this machine.
Socket create_connection(std::optional<std::string_view> host,
                         std::optional<std::string_view> service, const ConnectOptions& = {});

struct ServerOptions {
  int family = AF_INET;          // to look the host up in; an Address has its own
  std::optional<int> backlog{};  // none: min(SOMAXCONN, 128)
  bool reuse_port = false;
  bool dualstack_ipv6 = false;  // with AF_INET6: take IPv4 connections as well
};

// A listening TCP socket with SO_REUSEADDR. An AF_INET6 one takes IPv6 only, unless dualstack.
// bind's Error names the address; dualstack_ipv6 without AF_INET6 or without the system's support:
// std::invalid_argument.
Socket create_server(std::string_view host, int port, const ServerOptions& = {});
Socket create_server(const Address&, const ServerOptions& = {});

bool has_dualstack_ipv6() noexcept;

}  // namespace sock
