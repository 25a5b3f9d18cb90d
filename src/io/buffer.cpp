#include "io/buffer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

namespace sock::io {

namespace {

// The memory of this thread that was given back last.
class Spares {
 public:
  std::unique_ptr<std::byte[]> take(std::size_t capacity) {
    const auto fits = std::find_if(all_.begin(), all_.end(),
                                   [=](const Piece& piece) { return piece.capacity == capacity; });
    if (fits == all_.end()) return std::make_unique_for_overwrite<std::byte[]>(capacity);
    auto bytes = std::move(fits->bytes);
    all_.erase(fits);
    return bytes;
  }

  void give(std::unique_ptr<std::byte[]> bytes, std::size_t capacity) noexcept {
    if (all_.size() == most) all_.erase(all_.begin());
    all_.push_back({std::move(bytes), capacity});
  }

  Spares() { all_.reserve(most); }  // so that give() never fails

 private:
  struct Piece {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t capacity;
  };
  static constexpr std::size_t most = 4;
  std::vector<Piece> all_;
};

Spares& spares() {
  static thread_local Spares spares;
  return spares;
}

}  // namespace

std::span<std::byte> Buffer::room() {
  if (!bytes_) bytes_ = spares().take(capacity_);
  return {bytes_.get() + tail_, capacity_ - tail_};
}

void Buffer::filled(std::size_t n) noexcept {
  assert(n <= capacity_ - tail_);
  tail_ += n;
  in_ += n;
  if (empty()) give_back();
}

std::size_t Buffer::append(std::span<const std::byte> data) {
  const auto room = this->room();
  const std::size_t n = std::min(data.size(), room.size());
  std::copy_n(data.begin(), n, room.begin());
  filled(n);
  return n;
}

std::span<const std::byte> Buffer::held() const noexcept {
  return {bytes_.get() + head_, tail_ - head_};
}

void Buffer::drained(std::size_t n) noexcept {
  assert(n <= tail_ - head_);
  head_ += n;
  out_ += n;
  if (empty()) give_back();
}

void Buffer::give_back() noexcept {
  head_ = tail_ = 0;
  if (bytes_) spares().give(std::move(bytes_), capacity_);
}

}  // namespace sock::io
