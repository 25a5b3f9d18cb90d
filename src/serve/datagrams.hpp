// One datagram socket and the many peers that talk to it: a session for each.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "io/loop.hpp"
#include "serve/mode.hpp"
#include "serve/sessions.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

class DatagramPort;

// A peer of a socket that all peers share.
class DatagramSession : public Session {
 public:
  DatagramSession(Visit, DatagramPort&);
  ~DatagramSession() override;
  Counts counts() const noexcept override { return counts_; }
  void drain() override { end("ended"); }

  // A datagram that the peer sent. May destroy this object.
  void receive(std::span<const std::byte>);

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

class DatagramPort {
 public:
  // All must outlive it.
  DatagramPort(Sessions&, Mode&, const Local&, Socket&);

  // To that peer. What the system does not take at once waits; when too many wait, this one is
  // dropped and told. Returns whether it was sent or waits. Throws Error when it cannot be sent at
  // all (EMSGSIZE).
  bool send(const Visit& to, std::span<const std::byte>);
  // The next datagram of this peer begins another session.
  void forget(const DatagramSession&) noexcept;
  Address bound() const { return socket_.getsockname(); }
  // Peers without a session get none any more.
  void take_no_more() noexcept { taking_ = false; }

 private:
  struct Waiting {
    Address to;
    std::string data;
  };
  bool on_readable();
  bool read_one();
  DatagramSession* session_of(const Address&);
  void send_waiting();

  Sessions& sessions_;
  Mode& mode_;
  const Local& local_;
  Socket& socket_;
  bool taking_ = true;
  std::unordered_map<Address, DatagramSession*> by_peer_;
  std::deque<Waiting> waiting_;
  io::Timer retry_;
  io::Watch watch_;
};

}  // namespace sock::serve
