#include "wire/tls_sending_keys.hpp"

#include <linux/tls.h>

#include <cstring>
#include <string>

#include <doctest/doctest.h>

namespace {

using sock::wire::TlsSendingKeys;

// A record as it is on the way: application data, TLS 1.2, so many bytes.
std::string record(std::size_t size) {
  const char header[] = {23, 3, 3, static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
  return std::string(header, sizeof header) + std::string(size, 'x');
}

void send(TlsSendingKeys& keys, const std::string& bytes) {
  keys.sent(std::as_bytes(std::span(bytes)));
}

template <class Info>
Info info(std::uint16_t cipher) {
  Info made{};
  made.info.version = TLS_1_2_VERSION;
  made.info.cipher_type = cipher;
  std::memset(made.key, 'k', sizeof made.key);
  std::memset(made.salt, 's', sizeof made.salt);
  return made;
}

tls12_crypto_info_aes_gcm_128 aes128() {
  return info<tls12_crypto_info_aes_gcm_128>(TLS_CIPHER_AES_GCM_128);
}

// Its number and its nonce, for the record that comes next.
template <class Info>
std::string next(const TlsSendingKeys& keys, const Info& before) {
  const auto now = keys.crypto_info();
  REQUIRE(now.size() == sizeof(Info));
  Info info;
  std::memcpy(&info, now.data(), sizeof info);
  CHECK(std::memcmp(info.key, before.key, sizeof info.key) == 0);
  CHECK(std::memcmp(info.salt, before.salt, sizeof info.salt) == 0);
  const auto text = [](const unsigned char(&counter)[8]) {
    std::string all;
    for (const unsigned char one : counter) all += std::to_string(one) + ' ';
    return all;
  };
  return text(info.rec_seq) + ": " + text(info.iv);
}

TEST_CASE("each record that was sent counts the number and the nonce of the next one up") {
  const auto check = [](auto info) {
    info.iv[0] = 9;
    info.iv[7] = 254;
    TlsSendingKeys keys(&info);
    CHECK(next(keys, info) == "0 0 0 0 0 0 0 0 : 9 0 0 0 0 0 0 254 ");
    send(keys, record(40));
    CHECK(next(keys, info) == "0 0 0 0 0 0 0 1 : 9 0 0 0 0 0 0 255 ");
    send(keys, record(600) + record(24) + record(0));
    CHECK(next(keys, info) == "0 0 0 0 0 0 0 4 : 9 0 0 0 0 0 1 2 ");
  };
  check(aes128());
  check(info<tls12_crypto_info_aes_gcm_256>(TLS_CIPHER_AES_GCM_256));
}

TEST_CASE("a nonce that is used up goes on with 0") {
  auto info = aes128();
  std::memset(info.iv, 0xff, sizeof info.iv);
  TlsSendingKeys keys(&info);
  send(keys, record(1));
  CHECK(next(keys, info) == "0 0 0 0 0 0 0 1 : 0 0 0 0 0 0 0 0 ");
}

TEST_CASE("in the midst of a record nobody can go on") {
  const auto info = aes128();
  TlsSendingKeys keys(&info);
  const std::string all = record(300);
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    send(keys, all.substr(i, 1));
    REQUIRE(keys.crypto_info().empty());
  }
  send(keys, all.substr(all.size() - 1));
  CHECK(next(keys, info).starts_with("0 0 0 0 0 0 0 1 "));
}

TEST_CASE("only the keys of TLS 1.2 with AES-GCM are usable") {
  const auto usable = [](std::uint16_t version, std::uint16_t cipher) {
    auto info = aes128();
    info.info.version = version;
    info.info.cipher_type = cipher;
    return TlsSendingKeys::are_usable(&info);
  };
  CHECK(usable(TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_128));
  CHECK(usable(TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_256));
  CHECK(!usable(TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128));
  CHECK(!usable(TLS_1_2_VERSION, TLS_CIPHER_CHACHA20_POLY1305));
  CHECK(!TlsSendingKeys::are_usable(nullptr));
}

}  // namespace
