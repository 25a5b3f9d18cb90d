// Failures of TLS in words: whose certificate it was, and which option would accept it. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "wire/tls_error.hpp"

namespace sock::cmd {

// "verify the certificate of 192.0.2.1:443: self-signed certificate", and more lines about it.
std::string explain(const wire::TlsError&);

// Of what a peer or we have said first: an alert (RFC 8446, 6), which is how a server of TLS
// answers who does not speak it; and the beginning of a handshake.
bool is_tls_alert(std::span<const std::byte>) noexcept;
bool is_tls_handshake(std::span<const std::byte>) noexcept;

}  // namespace sock::cmd
