// How TLS is agreed on with those who come.
#pragma once

#include "io/loop.hpp"
#include "wire/tls_context.hpp"

namespace sock::serve {

struct Securing {
  const wire::TlsContext& tls;
  io::Clock::duration patience;  // for the handshake
  bool failure_is_told;          // of the handshake, as that of any session
};

}  // namespace sock::serve
