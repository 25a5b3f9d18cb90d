// Listening for one peer: a conversation with it, or a command for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmd/console.hpp"
#include "cmd/listen.hpp"
#include "cmd/show.hpp"
#include "wire/listener.hpp"

namespace sock::cmd {

// The exit code. Throws Interrupted.
int listen_once(const ListenPlan&, Console&, Show&, std::vector<wire::Listener>,
                io::Clock::time_point start);

// What is said when nobody came in time, or so many who may not. Pure.
std::string nobody_came(const ListenPlan&, const std::string& line, bool run_is_over,
                        std::uint64_t turned_away);

}  // namespace sock::cmd
