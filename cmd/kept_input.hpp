// Standard input and output for several connections, one after the other.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "io/channel.hpp"

namespace sock::cmd {

// Keeps what was read last, so that what a lost connection did not take is read again for the next.
// The output is never finished: another connection may have more for it.
class KeptInput : public io::Channel {
 public:
  // `most`: as much as put_back() can be asked for.
  KeptInput(std::unique_ptr<io::Channel> local, std::size_t most) noexcept
      : local_(std::move(local)), most_(most) {}

  // The last `bytes` that were read will be read again.
  void put_back(std::size_t bytes);
  // While nobody reads: takes in what there is, of which it keeps no more than `most`, and of
  // messages one. Was there anything, or the end?
  bool read_ahead();
  // There is room for more, and more may come.
  bool reads_ahead() const noexcept {
    return !ended_ && (messages() ? next_ == kept_.size() : kept_.size() - next_ < most_);
  }
  // The input has ended, and all of it is read.
  bool ended() const noexcept { return ended_ && next_ == kept_.size(); }

  io::Attempt try_read(std::span<std::byte>) override;
  io::Attempt try_write(std::span<const std::byte> data) override {
    return local_->try_write(data);
  }
  bool try_finish() override { return true; }
  FdRef read_fd() const noexcept override { return local_->read_fd(); }
  FdRef write_fd() const noexcept override { return local_->write_fd(); }
  io::Wants wants(bool read, bool write) const noexcept override {
    return local_->wants(read, write);
  }
  bool pending() const noexcept override {
    return next_ < kept_.size() || ended_ || local_->pending();
  }
  // Every byte that is read passes here.
  std::optional<FdRef> plain_fd(bool write) const noexcept override {
    return write ? local_->plain_fd(write) : std::nullopt;
  }
  bool messages() const noexcept override { return local_->messages(); }
  bool terminal() const noexcept override { return local_->terminal(); }
  const std::string& name(bool write) const noexcept override { return local_->name(write); }

 private:
  io::Attempt read_on(std::span<std::byte>);

  std::unique_ptr<io::Channel> local_;
  std::size_t most_;
  std::string kept_;      // what was read last
  std::size_t next_ = 0;  // from here on it is still to be read, again
  bool ended_ = false;
};

}  // namespace sock::cmd
