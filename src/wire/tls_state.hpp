// The inside of a TlsContext, and of verifying under it. Only tls_*.cpp include this.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sock/address.hpp"
#include "sock/fd.hpp"
#include "wire/tls_context.hpp"
#include "wire/tls_error.hpp"
#include "wire/tls_kernel.hpp"
#include "wire/tls_library.hpp"

namespace sock::wire {

struct TlsContext::State {
  TlsPlan plan;
  Fd key_log;
  std::string fingerprint;
  std::array<unsigned char, 32> cookie_secret{};  // of a server of datagrams
  // One for each identity, or one without.
  std::vector<tls::Owned<SSL_CTX>> contexts;
};

namespace tls {

// What verifying has to know of one connection, and what it found; the SSL's ex_data 0 points to
// it.
struct Verification {
  const Address* visitor = nullptr;  // of a server of datagrams: whose cookie it is about
  TlsKernel* kernel = nullptr;       // that sends, once it does
  std::string expected_name;
  std::string cause;  // why the certificate is not accepted
  std::optional<TlsRejection> rejection;
};

// Makes certificates that come under `context` be judged as the state's plan says. Throws TlsError:
// a trust store that cannot be read.
void set_up_verification(SSL_CTX& context, TlsContext::State&);

// The peer of this connection has to be `name`, a host or a numeric address. Throws TlsError.
void expect_name(SSL&, const std::string& name);

}  // namespace tls
}  // namespace sock::wire
