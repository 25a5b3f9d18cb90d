// Failures of TLS in words: whose certificate it was, and which option would accept it. Pure.
#pragma once

#include <string>

#include "wire/tls_error.hpp"

namespace sock::cmd {

// "verify the certificate of 192.0.2.1:443: self-signed certificate", and more lines about it.
std::string explain(const wire::TlsError&);

}  // namespace sock::cmd
