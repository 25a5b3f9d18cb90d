// Options that say which socket: family, type, protocol, and what is set on it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/options.hpp"
#include "sock/timeout.hpp"
#include "wire/candidates.hpp"
#include "wire/dial.hpp"

namespace sock::cmd {

struct SocketFlags {
  bool ipv4 = false;
  bool ipv6 = false;
  bool udp = false;
  bool nonblocking = false;
  std::optional<std::string> type, protocol, family, interface;
  std::vector<std::string> options, groups, can_filters;
};

void add_socket_flags(Options&, SocketFlags&);

// Throw UsageError, and Error for an unknown interface. A group to be joined decides the family
// where nothing else does.
wire::SocketChoice socket_choice(const SocketFlags&);
// Of a socket for that address.
std::vector<wire::SocketOption> socket_options(const SocketFlags&, const wire::Endpoint&);

// "tcp:" before an address is no default that a choice may replace. Throws UsageError.
void refuse_contradiction(std::string_view address, const wire::SocketChoice&);

// How calls on the socket of a command wait (Python: socket.settimeout): not at all, or for ever.
// Throws UsageError where there is no command: what is done here waits in a loop, whatever the
// socket's mode.
Timeout socket_mode(const SocketFlags&, const std::vector<std::string>& command);

}  // namespace sock::cmd
