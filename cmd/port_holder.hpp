// Who has a port that is in use.
#pragma once

#include <set>
#include <string>

#include "sock/error.hpp"

namespace sock::cmd {

// Of a bind that failed because the port is taken: "process 4711 (nginx) has it". "" where it is
// another failure, or the system does not tell (a process of another user).
std::string port_holder(const Error&);

// From the lines of /proc/net/tcp and the like (proc(5)): the inodes of sockets at that local port,
// only listening ones where `listening`. Pure.
std::set<std::string> inodes_at(const std::string& table, unsigned port, bool listening);

}  // namespace sock::cmd
