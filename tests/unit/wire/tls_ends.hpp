// Two ends of TLS in one process, over a pair of sockets.
#pragma once

#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "io/channel.hpp"
#include "sock/create.hpp"
#include "wire/tls_channel.hpp"

namespace tls_ends {

using namespace sock;
using wire::TlsChannel;
using wire::TlsContext;
using wire::TlsPlan;

inline TlsPlan server_plan() {
  TlsPlan plan;
  plan.side = TlsPlan::Side::server;
  plan.trust = TlsPlan::Trust::anyone;
  plan.self_signed = {"localhost"};
  return plan;
}

inline TlsPlan client_plan() {
  TlsPlan plan;
  plan.trust = TlsPlan::Trust::anyone;
  return plan;
}

inline std::string message_of(const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

struct Ends {
  explicit Ends(const TlsPlan& of_client = client_plan(), const TlsPlan& of_server = server_plan(),
                const std::string& peer_name = {})
      : Ends(TlsContext(of_client), TlsContext(of_server), peer_name) {}

  Ends(const TlsContext& of_client, const TlsContext& of_server, const std::string& peer_name) {
    auto [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    client = std::make_unique<TlsChannel>(of_client, io::socket_channel(std::move(a), "the server"),
                                          peer_name);
    server =
        std::make_unique<TlsChannel>(of_server, io::socket_channel(std::move(b), "the client"));
  }

  // Both sides in turn until both are done, or one has failed and the other has had its turn.
  void shake_hands() {
    bool done[2] = {false, false};
    for (int turn = 0; turn < 20; ++turn) {
      for (const int side : {0, 1}) {
        if (done[side]) continue;
        std::exception_ptr& error = side == 0 ? client_error : server_error;
        try {
          done[side] = (side == 0 ? client : server)->try_handshake();
        } catch (...) {
          error = std::current_exception();
          done[side] = true;
        }
      }
      if (done[0] && done[1]) return;
    }
    FAIL("a handshake that never ends");
  }

  bool agreed() {
    shake_hands();
    return !client_error && !server_error;
  }

  std::unique_ptr<TlsChannel> client, server;
  std::exception_ptr client_error, server_error;
};

inline std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// What one read gives: bytes, "<end>" or "<blocked>".
inline std::string take(io::Channel& channel, std::size_t most = 64 * 1024) {
  std::string text(most, '\0');
  const io::Attempt attempt = channel.try_read(std::as_writable_bytes(std::span(text)));
  if (attempt.kind == io::Attempt::Kind::end) return "<end>";
  if (attempt.kind == io::Attempt::Kind::blocked) return "<blocked>";
  text.resize(attempt.bytes);
  return text;
}

inline void put(io::Channel& channel, std::string_view text) {
  REQUIRE(channel.try_write(bytes(text)) == io::Attempt::moved(text.size()));
}

}  // namespace tls_ends
