// A descriptor shared by a socket and the streams made over it. Not installed.
#pragma once

#include <unistd.h>

#include <atomic>

#include "sock/socket.hpp"

namespace sock {

// The last holder closes. The timeout is the socket's, kept in step by settimeout().
struct Socket::Lease {
  Lease(int descriptor, Timeout t) noexcept : fd(descriptor), timeout(t) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (const int descriptor = fd.load(); descriptor >= 0) ::close(descriptor);
  }

  std::atomic<int> fd;  // -1 after the socket was detached
  std::atomic<Timeout> timeout;
};

}  // namespace sock
