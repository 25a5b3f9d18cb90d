#include "wire/tls_digest.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

#include "sock/error.hpp"
#include "wire/tls_error.hpp"
#include "wire/tls_library.hpp"

namespace sock::wire {

namespace {

std::string hexadecimal(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string nonce() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    const int err = errno;
    throw_errno(err, "getrandom");
  }
  return hexadecimal(bytes);
}

std::string hash(DigestTools::Hash kind, std::string_view text) {
  const char* name = kind == DigestTools::Hash::md5 ? "MD5" : "SHA256";
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  std::size_t size = 0;
  if (tls::openssl().EVP_Q_digest(nullptr, name, nullptr, text.data(), text.size(), bytes.data(),
                                  &size) != 1)
    throw TlsError(TlsErrc::setup, "hash with", name, tls::error_queue("it is not available"));
  return hexadecimal(std::span(bytes).first(size));
}

}  // namespace

DigestTools digest_tools() { return {hash, nonce()}; }

}  // namespace sock::wire
