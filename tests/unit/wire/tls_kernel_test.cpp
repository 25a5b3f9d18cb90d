#include "wire/tls_kernel.hpp"

#include <linux/tls.h>

#include <string>

#include <doctest/doctest.h>

#include "sock/create.hpp"

namespace {

using namespace sock;
using wire::TlsKernel;
using wire::TlsSendingKeys;

tls12_crypto_info_aes_gcm_128 info() {
  tls12_crypto_info_aes_gcm_128 made{};
  made.info.version = TLS_1_2_VERSION;
  made.info.cipher_type = TLS_CIPHER_AES_GCM_128;
  return made;
}

// Bytes go through it as they are.
void check_unchanged(Socket& from, Socket& to) {
  from.sendall(Socket::bytes("plain"));
  CHECK(to.recv(100) == "plain");
}

// Two ends of one connection of 127.0.0.1.
struct Tcp {
  Socket client, server;
  Tcp() {
    Socket listener = create_server("127.0.0.1", 0);
    client = create_connection("127.0.0.1", listener.getsockname().port());
    server = listener.accept().first;
  }
};

TEST_CASE("what is no TCP socket stays what it was") {
  auto [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  const auto crypto_info = info();
  CHECK(!TlsKernel::start(a, TlsSendingKeys(&crypto_info)));
  check_unchanged(a, b);
}

TEST_CASE("nor does anything change in the midst of a record, or with a small buffer") {
  const auto crypto_info = info();
  TlsSendingKeys keys(&crypto_info);
  SUBCASE("in the midst of a record") {
    Tcp ends;
    const std::string part("\x17\x03\x03", 3);
    keys.sent(std::as_bytes(std::span(part)));
    CHECK(!TlsKernel::start(ends.client, keys));
    check_unchanged(ends.client, ends.server);
  }
  SUBCASE("with a small buffer") {
    Tcp ends;
    ends.client.setsockopt(SOL_SOCKET, SO_SNDBUF, 16 * 1024);
    CHECK(!TlsKernel::start(ends.client, keys));
    check_unchanged(ends.client, ends.server);
  }
}

}  // namespace
