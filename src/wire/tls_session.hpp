// What a handshake of TLS came to. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "io/observer.hpp"
#include "wire/tls_error.hpp"

namespace sock::wire {

struct TlsSession {
  std::string version;  // "TLSv1.3"
  std::string cipher;   // "TLS_AES_256_GCM_SHA384"
  std::string alpn;     // the protocol, "" where none was agreed on
  bool resumed = false;
  bool kernel_sends = false;  // it encrypts what is sent
  std::optional<TlsCertificate> peer;
  std::chrono::nanoseconds took{};  // the handshake, from its first step to its last
};

// The same as observers are told it; it has views of both.
io::Secured told(const TlsSession&, std::string_view peer) noexcept;

}  // namespace sock::wire
