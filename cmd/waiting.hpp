// --wait: a peer that is not there yet.
#pragma once

#include <chrono>
#include <optional>

#include "cmd/session.hpp"
#include "io/observer.hpp"
#include "wire/dial.hpp"
#include "wire/redialing.hpp"

namespace sock::cmd {

// A try that has no limit of its own is given up after this time: a peer that comes while packets
// to it are dropped would otherwise be noticed by the system's ever rarer repetitions only.
inline constexpr std::chrono::seconds each_try{5};

// The end of the tries that begin now, of a run that began at `start`: the earlier one of --wait
// and
// --deadline.
std::optional<wire::TryUntil> try_until(const std::optional<std::chrono::nanoseconds>& wait,
                                        const std::optional<std::chrono::nanoseconds>& deadline,
                                        io::Clock::time_point start, io::Clock::time_point now);

// Tries in the session's loop to get through to the peer, TLS and all, until it succeeds; without a
// limit for ever. None: the session was stopped before. Throws what wire::Redialing tells, and
// Interrupted.
std::optional<wire::Reached> reach_until(Session&, const wire::DialPlan&,
                                         const std::optional<wire::Tls>&,
                                         std::optional<wire::TryUntil>, io::Observer&);

}  // namespace sock::cmd
