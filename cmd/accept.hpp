// Waiting for the peer that comes next.
#pragma once

#include <optional>
#include <vector>

#include "cmd/run_command.hpp"
#include "cmd/session.hpp"
#include "io/observer.hpp"
#include "serve/access.hpp"
#include "serve/proxies.hpp"
#include "wire/listener.hpp"

namespace sock::cmd {

// Who may come, and whose connections begin with a PROXY header, for which each has so long.
struct Admission {
  const serve::Access& access;
  const serve::Proxies& proxies;
  io::Clock::duration patience;
};

// A connection, or, where datagrams are listened for, the socket that the first one came to (it is
// still to be read) and its sender; that socket is the listener's no more. Whom the rules do not
// allow is turned away, and so is who does not say whom it comes for. `tls`: what is spoken where
// it is over datagrams; null: nothing. Then the peer is the first that has shown that it receives
// what is sent to its address. Empty: that moment has passed. Throws Interrupted.
std::optional<Connection> next_peer(Session&, io::Observer&, std::vector<wire::Listener>&,
                                    const Admission&, const Tls* tls,
                                    std::optional<io::Clock::time_point> until);

}  // namespace sock::cmd
