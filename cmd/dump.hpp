// What passes, made readable: bytes with their time and direction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "io/observer.hpp"

namespace sock::cmd {

// Lines as xxd(1) writes them, 16 bytes each, then the time and the direction, '>' to the peer and
// '<' from it: `grep '>$' | xxd -r` gives what was sent. `offset` is that of the first byte in its
// direction. Pure.
std::string hex_dump(std::span<const std::byte>, std::uint64_t offset, io::Direction,
                     std::string_view time);

// A line for each line of the bytes, with the time and direction before it; ends of lines, control
// codes and what is no UTF-8 are escaped, so that none reaches a terminal. Pure.
std::string text_dump(std::span<const std::byte>, io::Direction, std::string_view time);

// "15:04:05.123456", of this moment, in local time.
std::string time_of_day();

}  // namespace sock::cmd
