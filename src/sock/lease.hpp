// A descriptor shared by a socket and the streams made over it. Not installed.
#pragma once

#include <unistd.h>

#include <atomic>

#include "sock/socket.hpp"

namespace sock {

// The last holder to let go closes: the socket is one, each stream another. The timeout is the
// socket's, kept in step by settimeout().
struct Socket::Lease {
  Lease(int descriptor, Timeout t) noexcept : fd(descriptor), timeout(t) {}

  void release() noexcept {
    if (holders.fetch_sub(1) != 1) return;
    if (const int descriptor = fd.exchange(-1); descriptor >= 0) ::close(descriptor);
  }

  std::atomic<int> fd;  // -1 after the socket was detached
  std::atomic<Timeout> timeout;
  std::atomic<int> holders = 1;  // the socket
};

}  // namespace sock
