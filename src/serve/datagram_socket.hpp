// One datagram socket and the many peers that talk to it.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "io/loop.hpp"
#include "serve/datagrams.hpp"
#include "serve/mode.hpp"
#include "serve/sessions.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

// Reads for all of them, and sends to each.
class DatagramSocket {
 public:
  virtual ~DatagramSocket() = default;
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  // Peers without a session get none any more.
  void take_no_more() noexcept { taking_ = false; }

 protected:
  // All must outlive it.
  DatagramSocket(Sessions&, const Local&, Socket&);

  // Where the next one is read to.
  virtual std::span<std::byte> room() { return sessions_.scratch(); }
  virtual void receive(const Address& from, std::span<const std::byte>) = 0;
  // One of so many bytes, for which there was not the room.
  virtual void cut(const Address& from, std::size_t bytes) = 0;

  // To that peer. What the system does not take at once waits; when too many wait, this one is
  // dropped and told. Returns whether it was sent or waits. Throws Error when it cannot be sent at
  // all (EMSGSIZE).
  bool send(const std::string& name, const Address& to, std::span<const std::byte>);

  // Somebody new has sent: a place among those who are served, and what is known of him, which was
  // told. None: he is not let in.
  std::optional<Visit> let_in(const Address&);

  Sessions& sessions() const noexcept { return sessions_; }
  const Local& local() const noexcept { return local_; }
  const Socket& socket() const noexcept { return socket_; }

 private:
  struct Waiting {
    Address to;
    std::string data;
  };
  bool on_readable();
  bool read_one();
  void send_waiting();

  Sessions& sessions_;
  const Local& local_;
  Socket& socket_;
  bool taking_ = true;
  std::deque<Waiting> waiting_;
  io::Timer retry_;
  io::Watch watch_;
};

// Peers whose datagrams are what their sessions get.
class PlainDatagrams final : public DatagramSocket, public DatagramPort {
 public:
  // All must outlive it.
  PlainDatagrams(Sessions& sessions, Mode& mode, const Local& local, Socket& socket)
      : DatagramSocket(sessions, local, socket), mode_(mode) {}

  bool send(const Visit& to, std::span<const std::byte>) override;
  void forget(const DatagramSession&) noexcept override;
  Address bound() const override { return socket().getsockname(); }

 private:
  void receive(const Address& from, std::span<const std::byte>) override;
  void cut(const Address& from, std::size_t bytes) override;
  DatagramSession* session_of(const Address&);

  Mode& mode_;
  std::unordered_map<Address, DatagramSession*> by_peer_;
};

}  // namespace sock::serve
