// The sockets of one run.
#pragma once

#include <string>
#include <vector>

#include "cmd/console.hpp"
#include "cmd/listen.hpp"
#include "io/observer.hpp"
#include "wire/listener.hpp"

namespace sock::cmd {

// What the environment says of sockets that were passed on (sd_listen_fds(3)): their numbers, from
// 3. Programs that are run do not inherit the variables. Throws UsageError when there are none, or
// they are for another process.
std::vector<int> activated_sockets();

// Opens all. Throws what wire::Listener throws.
std::vector<wire::Listener> open_listeners(const ListenPlan&, io::Observer&);

std::vector<std::string> names_of(const std::vector<wire::Listener>&);
// The line about all of them.
std::string line_of(const std::vector<wire::Listener>&);

// An IP address that others than this machine reach.
bool reach_beyond(const std::vector<wire::Listener>&);

}  // namespace sock::cmd
