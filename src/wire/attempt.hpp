// One attempt to connect, step by step: what blocking and event-driven dialling have in common.
// Errors are thrown; their subject is the address as shown.
#pragma once

#include <cstdint>
#include <vector>

#include "sock/timeout.hpp"
#include "wire/dial.hpp"
#include "wire/path.hpp"

namespace sock::wire {

// How the socket is to be connected.
enum class Waiting : std::uint8_t { in_place, elsewhere };

// The socket of a path, ready to connect: its options set, bound to its source. `elsewhere`: it is
// non-blocking.
Dialed prepare(const Path&, const std::vector<SocketOption>&, Waiting);

// Connects a socket that waits in place, until the deadline at most: TimeoutError.
void connect(Dialed&, const Deadline&);

// Begins to connect one that waits elsewhere.
enum class Progress : std::uint8_t {
  connected,
  under_way,  // wait until it is writable, then conclude()
  full,       // the queue of a Unix listener is full: nothing tells when to try again
};
[[nodiscard]] Progress begin(Dialed&);
// Throws what the attempt failed with; one that is connected to itself was refused.
void conclude(Dialed&);

}  // namespace sock::wire
