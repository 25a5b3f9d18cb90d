// Messages on their way to a channel that sends several at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sock::io {

// Filled message by message, then drained; its memory is taken at the first use.
class MessageBatch {
 public:
  // `largest`: bytes of the largest message that can be put in.
  explicit MessageBatch(std::size_t largest) noexcept : largest_(largest) {}

  // Room for one more message; empty when there is none.
  std::span<std::byte> room();
  void filled(std::size_t n);

  bool empty() const noexcept { return sent_ == sizes_.size(); }
  // Those that are not sent: they lie one behind the other.
  std::span<const std::byte> bytes() const noexcept;
  std::span<const std::size_t> sizes() const noexcept { return std::span(sizes_).subspan(sent_); }
  void sent(std::size_t messages) noexcept;

  std::uint64_t bytes_in() const noexcept { return in_; }
  std::uint64_t bytes_out() const noexcept { return out_; }

 private:
  std::size_t largest_;
  std::unique_ptr<std::byte[]> bytes_;  // not zeroed
  std::vector<std::size_t> sizes_;
  std::size_t sent_ = 0;             // messages
  std::size_t head_ = 0, tail_ = 0;  // bytes
  std::uint64_t in_ = 0, out_ = 0;
};

}  // namespace sock::io
