// Datagrams of one peer on a socket that it shares with others.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "io/channel.hpp"
#include "sock/address.hpp"

namespace sock::wire {

// Whoever reads the socket delivers them, one at a time, and what is written goes out through him.
class Delivered final : public io::Channel {
 public:
  using Send = std::function<void(const Address& to, std::span<const std::byte>)>;
  Delivered(FdRef socket, std::string name, Send send)
      : socket_(socket), name_(std::move(name)), send_(std::move(send)) {}

  // The bytes are not kept: it is read before withdraw(), or lost. What is written from now on is
  // for its sender.
  void deliver(const Address& from, std::span<const std::byte>);
  void withdraw() noexcept { come_.reset(); }
  const Address& from() const noexcept { return from_; }
  // From now on it is that of one peer, and goes out through another.
  void belong_to(std::string name, Send send);

  io::Attempt try_read(std::span<std::byte>) override;
  io::Attempt try_write(std::span<const std::byte>) override;
  bool try_finish() override { return true; }
  FdRef read_fd() const noexcept override { return socket_; }
  FdRef write_fd() const noexcept override { return socket_; }
  std::optional<FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool messages() const noexcept override { return true; }
  bool endless() const noexcept override { return true; }
  const std::string& name(bool) const noexcept override { return name_; }

 private:
  const FdRef socket_;
  std::string name_;
  Send send_;
  Address from_;
  std::optional<std::span<const std::byte>> come_;
};

}  // namespace sock::wire
