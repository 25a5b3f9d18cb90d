// Bytes on their way between two ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace sock::io {

// Filled from the front, drained until it is empty again. It has memory only from room() until it
// is empty again: a few pieces are kept for the next, so that a conversation that is idle costs
// none, and one that is busy no allocation.
class Buffer {
 public:
  explicit Buffer(std::size_t capacity) noexcept : capacity_(capacity) {}
  ~Buffer() { give_back(); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  // What is free behind what is held; all of it when empty().
  std::span<std::byte> room();
  void filled(std::size_t n) noexcept;             // 0: the room is not needed after all
  std::size_t append(std::span<const std::byte>);  // as much as there is room for
  std::span<const std::byte> held() const noexcept;
  void drained(std::size_t n) noexcept;
  bool empty() const noexcept { return head_ == tail_; }

  std::uint64_t bytes_in() const noexcept { return in_; }
  std::uint64_t bytes_out() const noexcept { return out_; }

 private:
  void give_back() noexcept;
  std::size_t capacity_;
  std::unique_ptr<std::byte[]> bytes_;  // not zeroed
  std::size_t head_ = 0, tail_ = 0;
  std::uint64_t in_ = 0, out_ = 0;
};

}  // namespace sock::io
