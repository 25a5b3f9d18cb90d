// Bytes on their way between two ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace sock::io {

// Filled when it is empty, drained until it is empty again. Its memory is taken at the first use.
class Buffer {
 public:
  explicit Buffer(std::size_t capacity) noexcept : capacity_(capacity) {}

  // Room for the next read; only when empty().
  std::span<std::byte> room();
  void filled(std::size_t n) noexcept;
  std::span<const std::byte> held() const noexcept;
  void drained(std::size_t n) noexcept;
  bool empty() const noexcept { return head_ == tail_; }

  std::uint64_t bytes_in() const noexcept { return in_; }
  std::uint64_t bytes_out() const noexcept { return out_; }

 private:
  std::size_t capacity_;
  std::unique_ptr<std::byte[]> bytes_;  // not zeroed
  std::size_t head_ = 0, tail_ = 0;
  std::uint64_t in_ = 0, out_ = 0;
};

}  // namespace sock::io
