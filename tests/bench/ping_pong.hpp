// A message there and back between the two ends of a Unix socket in one thread: what is measured is
// the cost of the calls, with as little behind them as there is.
#pragma once

#include <cstddef>
#include <functional>

namespace bench {

// Runs so many rounds with messages of so many bytes.
using PingPong = std::function<void(int rounds)>;

PingPong asio_ping_pong(std::size_t size);

}  // namespace bench
