// A peer without a connection, which sends and gets datagrams.
#pragma once

#include <cstddef>
#include <span>

#include "serve/mode.hpp"

namespace sock::serve {

class DatagramSession;

// The way from sessions to their peers.
class DatagramPort {
 public:
  virtual ~DatagramPort() = default;

  // To that peer. false: it was dropped, and that was told. Throws Error when it cannot be sent at
  // all (EMSGSIZE).
  virtual bool send(const Visit& to, std::span<const std::byte>) = 0;
  // The next datagram of this peer begins another session.
  virtual void forget(const DatagramSession&) noexcept = 0;
  virtual Address bound() const = 0;
};

class DatagramSession : public Session {
 public:
  DatagramSession(Visit, DatagramPort&);
  ~DatagramSession() override;
  Counts counts() const noexcept override { return counts_; }
  void drain() override { end("ended"); }

  // All may destroy this object. A datagram that the peer sent; or it has said that it sends no
  // more; or what stands before it failed.
  void receive(std::span<const std::byte>);
  void peer_ended() { drain(); }
  void peer_failed(const std::exception& error) { fail(error); }

 protected:
  virtual void on_datagram(std::span<const std::byte>) = 0;
  // Throws Error when it cannot be sent at all.
  void send(std::span<const std::byte>);
  // From now on the next datagram of this peer begins another session.
  void forget_peer() noexcept;

 private:
  DatagramPort& port_;
  Counts counts_;
};

}  // namespace sock::serve
