// Certificates of OpenSSL: what they say, and one made on the spot. Only tls_*.cpp include this.
#pragma once

#include <string>
#include <vector>

#include "wire/tls_error.hpp"
#include "wire/tls_library.hpp"

namespace sock::wire::tls {

TlsCertificate describe(const X509&);

// "sha256:" and the hash of the whole certificate in hexadecimal.
std::string fingerprint(const X509&);

struct Identity {
  Owned<X509> certificate;
  Owned<EVP_PKEY> key;
};
// A new key (ECDSA, P-256) and a certificate for these DNS names and numeric addresses, signed by
// that key, valid from an hour ago (clocks differ) and for thirty days. Throws TlsError.
Identity make_self_signed(const std::vector<std::string>& names);

}  // namespace sock::wire::tls
