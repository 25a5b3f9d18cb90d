// The keys that OpenSSL encrypts with, for whoever goes on in its place. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sock::wire {

// Of TLS 1.2 with AES-GCM, from the change of keys on. Its copies would be copies of keys.
class TlsSendingKeys {
 public:
  // As setsockopt(2) takes it for TLS_TX (linux/tls.h), and as OpenSSL has it for a BIO.
  static bool are_usable(const void* crypto_info) noexcept;
  explicit TlsSendingKeys(const void* crypto_info);  // that is usable
  ~TlsSendingKeys();
  TlsSendingKeys(const TlsSendingKeys&) = delete;
  TlsSendingKeys& operator=(const TlsSendingKeys&) = delete;

  // Bytes of records that were encrypted with them: each record has a number and a nonce of its
  // own, and neither may come twice.
  void sent(std::span<const std::byte>) noexcept;

  // For the record that comes next. Empty in the midst of one.
  std::span<const std::byte> crypto_info() const noexcept;

 private:
  std::vector<std::byte> info_;
  std::vector<std::byte> header_;  // of the record that passes, as far as it is there
  std::size_t left_ = 0;           // of its body
};

}  // namespace sock::wire
