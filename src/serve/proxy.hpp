// A proxy: every peer says where it wants to be connected to (SOCKS, HTTP's CONNECT).
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "io/loop.hpp"
#include "io/relay.hpp"
#include "serve/destinations.hpp"
#include "serve/mode.hpp"
#include "serve/proxy_handshake.hpp"
#include "wire/credentials.hpp"

namespace sock::serve {

struct ProxyOptions {
  ProxyProtocol protocol = ProxyProtocol::socks5;
  std::optional<wire::Logins> logins = {};  // none: nobody has to log in
  // With the threads that look names up.
  std::shared_ptr<const Destinations> destinations = std::make_shared<Destinations>();
  // How long a client may take to say what it wants, and then how long it takes to get there.
  io::Clock::duration patience = std::chrono::seconds(30);
  io::RelayOptions relay = {};  // how bytes pass then; the client is the local end
};

class Proxy : public Mode {
 public:
  explicit Proxy(ProxyOptions options) : options_(std::move(options)) {}

  std::unique_ptr<Session> serve(Visit, Socket) override;
  // A socket, an epoll for names, a pipe; or for datagrams three sockets and an event for a name.
  int descriptors() const noexcept override { return 4; }

 private:
  const ProxyOptions options_;
};

}  // namespace sock::serve
