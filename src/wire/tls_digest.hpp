// The hashes of Digest, which are OpenSSL's.
#pragma once

#include "wire/http_login.hpp"

namespace sock::wire {

// With a nonce of its own. OpenSSL is mapped by the first hash, which throws TlsError where it is
// missing.
DigestTools digest_tools();

}  // namespace sock::wire
