// Getting a connection: every address of a name, under one deadline.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/observer.hpp"
#include "sock/socket.hpp"
#include "sock/timeout.hpp"
#include "wire/announcement.hpp"
#include "wire/candidates.hpp"
#include "wire/endpoint.hpp"
#include "wire/proxy.hpp"
#include "wire/unix_file.hpp"
#include "wire/wrapped.hpp"

namespace sock::wire {

// A socket option to be set before bind and connect, in the system's form.
struct SocketOption {
  int level;
  int name;
  std::string value;  // the bytes
  std::string text;   // "SO_RCVBUF=1M", for errors
};

struct DialPlan {
  Endpoint target;
  SocketChoice choice;
  std::optional<Endpoint> source;  // of the target's family; see parse_source
  // Not 0: the source's port is the first free one from its own to this.
  std::uint16_t last_source_port = 0;
  std::vector<SocketOption> options;
  Timeout timeout;                           // the whole attempt: names and every address
  bool sequential = false;                   // one address after the other, instead of a race
  std::optional<int> preferred;              // the family whose addresses come first
  ProxyPlan proxy;                           // which proxies lie on the way
  std::optional<Announcement> announcement;  // sent before anything else
};

struct Dialed {
  Socket socket;
  Address peer;      // through a proxy: of the target, where that is numeric
  std::string name;  // as shown: "192.0.2.1:80", "udp:[::1]:53", "unix:/run/x"; through a proxy
                     // the host as it was given
  UnixFile source;   // the file of a Unix source
  std::optional<Wrapping> wrapping = {};  // of datagrams, where they carry more than their data
};

// Tries the addresses until one succeeds. Those of streams of INET and INET6 race (RFC 8305),
// unless the plan is sequential, as all others are: one after the other (documented:
// create_connection). Datagram sockets are connected too, so that errors come back; a Unix one
// without a source gets an automatic abstract name, so that it can be answered. The socket comes
// back without a timeout (blocking). CAN_RAW, CAN_ISOTP and packet sockets cannot connect: they are
// bound to their interface. fd:N is adopted as it is. Of a name's addresses only those are tried
// that the source can reach. When all fail: the only Error, or ErrorGroup with every failure in the
// order in which they happened. Errors' subject is the address as shown. The time is up:
// TimeoutError whose subject is the target. Where the way goes through proxies, it is the first
// proxy's addresses that are tried and the source reaches; then each proxy is asked for the next
// one, the last for the target: ProxyError. Also throws gaierror, and UsageError for what cannot go
// together.
Dialed dial(const DialPlan&, io::Observer&);

// The same for fd:N, of which nothing has to be waited for.
Dialed dial_inherited(const DialPlan&);

// Sends the announcement, or puts it before each datagram. Throws Error, UsageError.
void announce(const Announcement&, Dialed&);

// Takes over an inherited socket, which programs that are run no longer inherit then; what is
// chosen is believed (Python: socket(fileno=)). Throws Error, also for what is no socket.
Socket adopt(const FdEndpoint&, const SocketChoice&, const std::vector<SocketOption>&);

// Is it a listening socket (SO_ACCEPTCONN)?
bool accepts(const Socket&);

// Sets each on the socket. Throws Error: operation "set option", subject the option's text.
void apply(const std::vector<SocketOption>&, Socket&);

}  // namespace sock::wire
