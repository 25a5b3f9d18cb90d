// TLS over one datagram socket with the many peers that talk to it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "serve/datagram_socket.hpp"
#include "serve/front.hpp"
#include "serve/limits.hpp"
#include "serve/secure_peer.hpp"
#include "serve/securing.hpp"
#include "wire/delivered.hpp"
#include "wire/tls_channel.hpp"

namespace sock::serve {

// A greeting (ClientHello) that stands by itself, before any keys: with it somebody begins, or
// begins anew. Pure.
bool is_greeting(std::span<const std::byte> datagram) noexcept;

// Nothing is kept of an address until a cookie has come back from there; then a handshake begins.
// There are so many handshakes at a time, in all and of one host: others have to ask again, which
// clients do by themselves. Who greets anew from an address that is served (he was started again)
// takes the place of the one before when the new handshake is done, and not before: a greeting can
// be anybody's (RFC 6347, 4.2.8).
class SecureDatagrams final : public DatagramSocket, private SecurePeers {
 public:
  static constexpr std::size_t most_handshakes = 256, most_of_one_host = 32;

  // All must outlive it, and it all its peers.
  SecureDatagrams(Sessions&, Fronts&, Mode&, const Local&, Socket&, const Securing&);

 private:
  struct Known {
    SecurePeer* served = nullptr;
    SecurePeer* coming = nullptr;
  };

  std::span<std::byte> room() override { return room_; }
  void receive(const Address& from, std::span<const std::byte>) override;
  void cut(const Address&, std::size_t) override {}  // no record is as large
  void answer(const Address& from, std::span<const std::byte>);
  bool welcome(const Address& from, std::unique_ptr<wire::TlsChannel>, wire::Delivered&);
  void open_door();

  bool send(const std::string& name, const Address& to, std::span<const std::byte>) override;
  Address bound() const override { return socket().getsockname(); }
  void agreed(SecurePeer&) override;
  void forget(const SecurePeer&) noexcept override;

  Fronts& fronts_;
  Mode& mode_;
  const Securing securing_;
  std::vector<std::byte> room_;
  // Answers those who are not known, one after the other. It stays with the first who shows that
  // he is where he says, and the next ones find another.
  std::unique_ptr<wire::TlsChannel> door_;
  wire::Delivered* visitors_ = nullptr;  // its transport
  Admission handshakes_;
  std::unordered_map<Address, Known> by_peer_;
};

}  // namespace sock::serve
