// Channels of a conversation with a program, which may end before its peer does.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "io/channel.hpp"

namespace sock::wire {

// A socket's channel whose reading can be ended from our side.
class EndableChannel : public io::Channel {
 public:
  explicit EndableChannel(std::unique_ptr<io::Channel> socket) noexcept
      : socket_(std::move(socket)) {}

  // What has come is still read; then, instead of waiting, the end.
  void end_reading() noexcept;
  // Nobody wants what it says: it reads as ended, and who writes to it is told so where its kind
  // can be told.
  void stop_reading() noexcept;

  io::Attempt try_read(std::span<std::byte>) override;
  io::Attempt try_write(std::span<const std::byte> data) override {
    return socket_->try_write(data);
  }
  bool try_finish() override { return socket_->try_finish(); }
  FdRef read_fd() const noexcept override { return socket_->read_fd(); }
  FdRef write_fd() const noexcept override { return socket_->write_fd(); }
  io::Wants wants(bool read, bool write) const noexcept override {
    return socket_->wants(read, write);
  }
  // None, so that every byte passes here.
  std::optional<FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool pending() const noexcept override { return to_be_stopped_ || socket_->pending(); }
  bool half_closes() const noexcept override { return socket_->half_closes(); }
  bool messages() const noexcept override { return socket_->messages(); }
  const std::string& name(bool write) const noexcept override { return socket_->name(write); }

 private:
  std::unique_ptr<io::Channel> socket_;
  bool ended_ = false;
  bool stopped_ = false;
  bool to_be_stopped_ = false;  // nobody has read that yet
};

// Our end of a socket pair whose other end a program has, or whoever is served on it. That it ends
// before it has read all of its input is its own affair, as in a shell's pipeline: the rest is
// dropped.
class ProgramChannel : public EndableChannel {
 public:
  using EndableChannel::EndableChannel;
  // Called when it takes nothing more.
  void when_deaf(std::function<void()> callback) { deaf_ = std::move(callback); }
  io::Attempt try_read(std::span<std::byte>) override;
  io::Attempt try_write(std::span<const std::byte>) override;

 private:
  std::function<void()> deaf_;
  bool is_deaf_ = false;
};

}  // namespace sock::wire
