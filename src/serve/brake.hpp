// Holds the bytes of one peer back: so many a second, and so many in all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "io/loop.hpp"
#include "io/pace.hpp"
#include "io/shape.hpp"

namespace sock::serve {

class Brake {
 public:
  static bool needed(const io::Shape& shape) noexcept {
    return shape.rate != 0 || shape.max_bytes != io::Shape::unlimited;
  }

  // `released` is called from the loop when bytes may pass that were held back. The loop must
  // outlive it.
  Brake(io::Loop&, const io::Shape&, std::function<void()> released);

  // As much of this room as may be filled now: all of it where a message goes whole. Empty: nothing
  // may pass before it is released, or ever.
  std::span<std::byte> allowed(std::span<std::byte> room, bool message);
  void passed(std::span<const std::byte>) noexcept;
  bool holds() const noexcept { return static_cast<bool>(release_); }
  bool exhausted() const noexcept { return left_ == 0; }

 private:
  io::Loop& loop_;
  io::Pace pace_;
  std::uint64_t left_;
  std::function<void()> released_;
  io::Timer release_;
};

}  // namespace sock::serve
