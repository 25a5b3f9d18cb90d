// A descriptor shared by a socket and the streams made over it. Not installed.
#pragma once

#include <atomic>

#include "sock/socket.hpp"

namespace sock {

// The last holder to let go closes: the socket is one, each stream another. The timeout is the
// socket's, kept in step by settimeout().
struct Socket::Lease {
  Lease(int descriptor, Timeout t) noexcept : fd(descriptor), timeout(t) {}

  // The descriptor, for the last holder to close; else -1.
  [[nodiscard]] int release() noexcept { return holders.fetch_sub(1) == 1 ? fd.exchange(-1) : -1; }

  std::atomic<int> fd;  // -1 after the socket was detached
  std::atomic<Timeout> timeout;
  std::atomic<int> holders = 1;  // the socket
};

}  // namespace sock
