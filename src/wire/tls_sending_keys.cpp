#include "wire/tls_sending_keys.hpp"

#include <linux/tls.h>

#include <algorithm>
#include <cstring>

namespace sock::wire {

namespace {

// RFC 5246, 6.2.1: type, version, length.
constexpr std::size_t header_size = 5;

// Both begin with the version, the cipher and the nonce, and end with the number of the record.
using Aes128 = tls12_crypto_info_aes_gcm_128;
using Aes256 = tls12_crypto_info_aes_gcm_256;
constexpr std::size_t nonce_at = offsetof(Aes128, iv);
constexpr std::size_t counter_size = TLS_CIPHER_AES_GCM_128_REC_SEQ_SIZE;
static_assert(offsetof(Aes256, iv) == nonce_at);
static_assert(sizeof Aes128::iv == counter_size && sizeof Aes256::iv == counter_size);
static_assert(offsetof(Aes128, rec_seq) + counter_size == sizeof(Aes128));
static_assert(offsetof(Aes256, rec_seq) + counter_size == sizeof(Aes256));

tls_crypto_info kind_of(const void* crypto_info) noexcept {
  tls_crypto_info kind{};
  std::memcpy(&kind, crypto_info, sizeof kind);
  return kind;
}

std::size_t size_of(const tls_crypto_info& kind) noexcept {
  if (kind.version != TLS_1_2_VERSION) return 0;
  if (kind.cipher_type == TLS_CIPHER_AES_GCM_128) return sizeof(Aes128);
  return kind.cipher_type == TLS_CIPHER_AES_GCM_256 ? sizeof(Aes256) : 0;
}

// Of the network's byte order.
void count_up(std::span<std::byte> counter) noexcept {
  for (std::size_t at = counter.size(); at-- > 0;) {
    counter[at] = static_cast<std::byte>(std::to_integer<unsigned>(counter[at]) + 1);
    if (counter[at] != std::byte{0}) return;
  }
}

}  // namespace

bool TlsSendingKeys::are_usable(const void* crypto_info) noexcept {
  return crypto_info != nullptr && size_of(kind_of(crypto_info)) != 0;
}

TlsSendingKeys::TlsSendingKeys(const void* crypto_info) : info_(size_of(kind_of(crypto_info))) {
  std::memcpy(info_.data(), crypto_info, info_.size());
  header_.reserve(header_size);
}

TlsSendingKeys::~TlsSendingKeys() { ::explicit_bzero(info_.data(), info_.size()); }

void TlsSendingKeys::sent(std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    std::size_t n = 0;
    if (header_.size() < header_size) {
      n = std::min(bytes.size(), header_size - header_.size());
      header_.insert(header_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
      if (header_.size() == header_size)
        left_ = std::to_integer<std::size_t>(header_[3]) << 8 |
                std::to_integer<std::size_t>(header_[4]);
    } else {
      n = std::min(bytes.size(), left_);
      left_ -= n;
    }
    bytes = bytes.subspan(n);
    if (header_.size() < header_size || left_ != 0) continue;
    header_.clear();
    const std::span<std::byte> info(info_);
    count_up(info.subspan(nonce_at, counter_size));
    count_up(info.last(counter_size));
  }
}

std::span<const std::byte> TlsSendingKeys::crypto_info() const noexcept {
  return header_.empty() ? std::span<const std::byte>(info_) : std::span<const std::byte>();
}

}  // namespace sock::wire
