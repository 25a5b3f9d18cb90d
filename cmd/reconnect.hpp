// --reconnect: one conversation over as many connections as it takes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cmd/console.hpp"
#include "cmd/conversation.hpp"
#include "cmd/session.hpp"
#include "cmd/waiting.hpp"
#include "wire/dial.hpp"

namespace sock::cmd {

// Was it the peer, or the way to it, that ended this conversation? Pure.
bool is_lost(const io::RelayResult&, const std::string& peer);

// What is to be said about it: the cause, the counts, what is not known to have arrived, and what
// is kept. Pure.
std::string loss(const io::RelayResult&, const std::string& peer,
                 std::optional<std::uint64_t> unconfirmed);

// How the peer is dialled again.
struct Redial {
  const wire::DialPlan& plan;
  std::function<std::optional<wire::TryUntil>(io::Clock::time_point)> until;  // from that moment
  io::Observer& observer;
};

// `stdio` and a peer that is dialled again when it is lost before the input has ended. The exit
// code. Throws what dialling throws, and Interrupted.
int converse_on(Session&, const Console&, std::unique_ptr<io::Channel> stdio, wire::Dialed,
                const Redial&, const Talk&);

}  // namespace sock::cmd
