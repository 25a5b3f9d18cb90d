#include "serve/brake.hpp"

#include <algorithm>
#include <utility>

namespace sock::serve {

Brake::Brake(io::Loop& loop, const io::Shape& shape, std::function<void()> released)
    : loop_(loop), pace_(shape.rate, {}), left_(shape.max_bytes), released_(std::move(released)) {}

std::span<std::byte> Brake::allowed(std::span<std::byte> room, bool message) {
  if (holds() || exhausted()) return {};
  if (!message) room = room.first(std::min<std::uint64_t>(room.size(), left_));
  const auto most = pace_.allowed(room, message, loop_.now());
  if (most) return room.first(*most);
  release_ = loop_.at(pace_.next(), [this] {
    release_ = {};
    released_();
  });
  return {};
}

void Brake::passed(std::span<const std::byte> bytes) noexcept {
  pace_.passed(bytes, false, loop_.now());
  if (left_ != io::Shape::unlimited) left_ -= std::min<std::uint64_t>(left_, bytes.size());
}

}  // namespace sock::serve
