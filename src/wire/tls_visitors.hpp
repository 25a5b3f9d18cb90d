// Where clients of TLS over datagrams come to, before one of them is the peer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/channel.hpp"
#include "sock/address.hpp"
#include "sock/socket.hpp"

namespace sock::wire {

// A bound datagram socket. It answers whoever has sent last, until one of them stays.
class TlsVisitors final : public io::Channel {
 public:
  using Allowed = std::function<bool(const Address&)>;
  // `name`: where it is bound. Datagrams of those who are not allowed are dropped.
  TlsVisitors(Socket, std::string name, Allowed);

  const Socket& socket() const noexcept { return socket_; }  // until one stays
  const Address& last() const noexcept { return last_; }
  // From now on it talks to the last one alone, whose name that is.
  void stay(std::string name);

  io::Attempt try_read(std::span<std::byte>) override;
  io::Attempt try_write(std::span<const std::byte>) override;
  bool try_finish() override { return true; }
  FdRef read_fd() const noexcept override { return peer_ ? peer_->read_fd() : FdRef(socket_); }
  FdRef write_fd() const noexcept override { return read_fd(); }
  bool pending() const noexcept override { return peer_ && peer_->pending(); }
  std::optional<FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool messages() const noexcept override { return true; }
  bool endless() const noexcept override { return true; }
  const std::string& name(bool write) const noexcept override {
    return peer_ ? peer_->name(write) : name_;
  }

 private:
  Socket socket_;
  std::string name_;
  Allowed allowed_;
  Address last_;
  std::unique_ptr<io::Channel> peer_;  // once one stays
};

}  // namespace sock::wire
