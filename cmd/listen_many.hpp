// Listening for many peers at the same time, until a signal or a limit.
#pragma once

#include <string>
#include <vector>

#include "cmd/console.hpp"
#include "cmd/listen.hpp"
#include "cmd/show.hpp"
#include "io/loop.hpp"
#include "io/observer.hpp"
#include "wire/listener.hpp"

namespace sock::cmd {

// The exit code. SIGTERM: no more are taken, and those that are served may finish; 0. Throws
// Interrupted for the second SIGTERM and for other signals. SIGHUP: the access file is read again,
// where there is one. SIGUSR1: says how things are.
int listen_many(const ListenPlan&, Console&, Show&, std::vector<wire::Listener>,
                io::Clock::time_point start);

// "3 sessions, 120 served, 4 turned away; received 10 bytes (5/s), sent 20 bytes (10/s) in 2s"
std::string state_line(const io::Served&);

}  // namespace sock::cmd
