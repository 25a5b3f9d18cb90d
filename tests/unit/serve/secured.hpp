// A client that speaks TLS and waits, in a thread beside the server.
#pragma once

#include <poll.h>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include "io/channel.hpp"
#include "sock/socket.hpp"
#include "wire/tls_channel.hpp"

namespace served {

inline sock::wire::TlsContext server_context() {
  sock::wire::TlsPlan plan;
  plan.side = sock::wire::TlsPlan::Side::server;
  plan.trust = sock::wire::TlsPlan::Trust::anyone;
  plan.self_signed = {"localhost"};
  return sock::wire::TlsContext(plan);
}

inline sock::wire::TlsContext client_context() {
  sock::wire::TlsPlan plan;
  plan.trust = sock::wire::TlsPlan::Trust::anyone;
  return sock::wire::TlsContext(plan);
}

class SecureClient {
 public:
  explicit SecureClient(sock::Socket socket)
      : channel_(client_context(), sock::io::socket_channel(std::move(socket), "the server")) {
    while (!channel_.try_handshake()) wait(channel_.handshake_wants());
  }

  void send(std::string_view text) {
    auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    while (!bytes.empty()) {
      const auto attempt = channel_.try_write(bytes);
      if (attempt.kind == sock::io::Attempt::Kind::moved)
        bytes = bytes.subspan(attempt.bytes);
      else
        wait(channel_.wants(false, true));
    }
  }
  // close_notify; what the server sends is still read.
  void finish() {
    while (!channel_.try_finish()) wait(channel_.wants(false, true));
  }
  std::string read(std::size_t most = 64 * 1024) {
    std::string room(most, '\0');
    for (;;) {
      const auto attempt = channel_.try_read(std::as_writable_bytes(std::span(room)));
      if (attempt.kind == sock::io::Attempt::Kind::end) return {};
      if (attempt.kind == sock::io::Attempt::Kind::moved) return room.substr(0, attempt.bytes);
      wait(channel_.wants(true, false));
    }
  }
  // Throws where the end is not the server's own.
  std::string read_to_end() {
    std::string all;
    for (std::string part; !(part = read()).empty();) all += part;
    return all;
  }
  sock::FdRef fd() const { return channel_.read_fd(); }

 private:
  void wait(const sock::io::Wants& wants) const {
    const auto wanted = static_cast<unsigned>(wants.read_fd | wants.write_fd);
    const auto events =
        static_cast<short>(((wanted & 1U) != 0 ? POLLIN : 0) | ((wanted & 2U) != 0 ? POLLOUT : 0));
    pollfd waits{channel_.read_fd().get(), events, 0};
    REQUIRE(::poll(&waits, 1, 20'000) == 1);
  }

  sock::wire::TlsChannel channel_;
};

}  // namespace served
