// What one direction of a conversation does to the bytes on their way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "io/notation.hpp"
#include "io/timers.hpp"

namespace sock::io {

// How messages and a stream become each other.
struct Framing {
  enum class Kind : std::uint8_t {
    none,    // each read is a message; messages are written one after the other
    line,    // a line without its newline is a message, and a message a line
    chunk,   // `size` bytes are a message, the last may have fewer
    length,  // before each message its length, two bytes, most significant first (as in DNS on TCP)
    text,    // a line is a message, and a message a line, in `notation`
  };
  Kind kind = Kind::none;
  std::size_t size = 0;
  Notation notation = Notation::hex;
  bool operator==(const Framing&) const = default;
};

struct Shape {
  static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t max_bytes = unlimited;     // to be read; a message is never cut
  std::uint64_t max_messages = unlimited;  // to be read, where the source keeps them
  std::uint64_t rate = 0;                  // bytes a second, 0: as fast as it goes
  Clock::duration line_delay{};            // after each line, or message
  bool crlf = false;                       // LF becomes CRLF; what is CRLF stays
  Framing framing = {};

  bool operator==(const Shape&) const = default;
  bool paced() const noexcept { return rate != 0 || line_delay != Clock::duration::zero(); }
};

}  // namespace sock::io
