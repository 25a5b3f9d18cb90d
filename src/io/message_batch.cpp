#include "io/message_batch.hpp"

#include <algorithm>

namespace sock::io {

namespace {

constexpr std::size_t most_messages = 128;
constexpr std::size_t capacity = 256 * 1024;  // bytes, at least

}  // namespace

std::span<std::byte> MessageBatch::room() {
  const std::size_t size = std::max(capacity, largest_);
  if (sizes_.size() == most_messages || size - tail_ < largest_) return {};
  if (!bytes_) {
    bytes_ = std::make_unique_for_overwrite<std::byte[]>(size);
    sizes_.reserve(most_messages);
  }
  return {bytes_.get() + tail_, largest_};
}

void MessageBatch::filled(std::size_t n) {
  sizes_.push_back(n);
  tail_ += n;
  in_ += n;
}

std::span<const std::byte> MessageBatch::bytes() const noexcept {
  return {bytes_.get() + head_, tail_ - head_};
}

void MessageBatch::sent(std::size_t messages) noexcept {
  for (const std::size_t size : sizes().first(messages)) {
    head_ += size;
    out_ += size;
  }
  sent_ += messages;
  if (!empty()) return;
  sizes_.clear();
  sent_ = head_ = tail_ = 0;
}

}  // namespace sock::io
