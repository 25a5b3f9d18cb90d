#include "io/buffer.hpp"

#include <cassert>

namespace sock::io {

std::span<std::byte> Buffer::room() {
  assert(empty());
  if (!bytes_) bytes_ = std::make_unique_for_overwrite<std::byte[]>(capacity_);
  head_ = tail_ = 0;
  return {bytes_.get(), capacity_};
}

void Buffer::filled(std::size_t n) noexcept {
  assert(n <= capacity_ - tail_);
  tail_ += n;
  in_ += n;
}

std::span<const std::byte> Buffer::held() const noexcept {
  return {bytes_.get() + head_, tail_ - head_};
}

void Buffer::drained(std::size_t n) noexcept {
  assert(n <= tail_ - head_);
  head_ += n;
  out_ += n;
}

}  // namespace sock::io
