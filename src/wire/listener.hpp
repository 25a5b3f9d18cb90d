// Sockets that wait for peers: bound, listening, and named as they really are.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "io/observer.hpp"
#include "sock/socket.hpp"
#include "sock/timeout.hpp"
#include "wire/candidates.hpp"
#include "wire/dial.hpp"
#include "wire/endpoint.hpp"
#include "wire/unix_file.hpp"

namespace sock::wire {

struct ListenPlan {
  Endpoint address;
  SocketChoice choice;
  std::vector<SocketOption> options;
  bool this_machine = false;  // an address without a host is the loopback's, not every one
  int backlog = 4096;         // the system cuts it to net.core.somaxconn
  bool reuse_port = false;
  bool dualstack = false;      // one IPv6 socket that takes IPv4 as well, instead of two sockets
  std::optional<mode_t> mode;  // of a Unix socket's file; not given: the umask decides
  Timeout timeout;             // of looking the address up
};

// The sockets of one address, non-blocking: two (IPv6 and IPv4 on one port, also for port 0) where
// it is every address of this machine (only IPv4 where the kernel has no IPv6), each address of a
// name (also on one port), else one. Datagram sockets are bound, the others listen. A Unix
// listener replaces a dead socket file, and removes its own at the end. fd:N is adopted: a
// datagram socket, or one that listens.
class Listener {
 public:
  // Throws Error with the address as subject, gaierror, UsageError.
  Listener(const ListenPlan&, io::Observer&);

  // Another that has a share of the peers: of IP by sockets of its own, among which the kernel
  // spreads them (SO_REUSEPORT), else by the same ones. `plan` is that of this one. Socket files
  // stay with this one. Throws Error.
  Listener another(ListenPlan plan);

  std::vector<Socket>& sockets() noexcept { return sockets_; }
  const std::vector<Socket>& sockets() const noexcept { return sockets_; }
  // The bound addresses as shown, the real port in them.
  const std::vector<std::string>& names() const noexcept { return names_; }
  // Before the end: socket files are removed, and new peers no longer find us.
  void remove_files() noexcept { files_.clear(); }
  // One of them is bound to every address of a family.
  bool every_address() const noexcept { return every_address_; }
  bool datagrams() const noexcept;

 private:
  Listener() = default;
  void adopt_inherited(const FdEndpoint&, const ListenPlan&);
  void add(Socket, std::string name);  // "": as it is bound

  std::vector<Socket> sockets_;
  std::vector<std::string> names_;
  std::vector<UnixFile> files_;
  bool every_address_ = false;
};

}  // namespace sock::wire
