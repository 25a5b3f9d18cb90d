// Waiting for the peer that comes next.
#pragma once

#include <optional>
#include <vector>

#include "cmd/run_command.hpp"
#include "cmd/session.hpp"
#include "io/observer.hpp"
#include "serve/access.hpp"
#include "wire/listener.hpp"

namespace sock::cmd {

// A connection, or, where datagrams are listened for, the socket that the first one came to (it is
// still to be read) and its sender; that socket is the listener's no more. Whom the rules do not
// allow is turned away. `tls`: what is spoken where it is over datagrams; null: nothing. Then the
// peer is the first that has shown that it receives what is sent to its address. Empty: that moment
// has passed. Throws Interrupted.
std::optional<Connection> next_peer(Session&, io::Observer&, std::vector<wire::Listener>&,
                                    const serve::Access&, const Tls* tls,
                                    std::optional<io::Clock::time_point> until);

}  // namespace sock::cmd
