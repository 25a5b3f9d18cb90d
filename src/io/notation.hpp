// Messages as lines of text, and back: in hexadecimal, as CAN frames, as messages of the CAN
// broadcast manager. Pure. The bytes are the kernel's: struct can_frame, struct canfd_frame, struct
// bcm_msg_head.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sock::io {

enum class Notation : std::uint8_t {
  hex,  // two digits a byte, as xxd -p writes them; blanks between bytes are read over
  can,  // as candump(1) writes it: "123#DEADBEEF", "18DB33F1#R", "123##1CAFE"
  bcm,  // "TX_SETUP 123 SETTIMER STARTTIMER ival2=100ms 123#DEADBEEF"
};

// what() is whole, but for the line's number: "column 5: expected ...". Of a message that has no
// text there is no column.
class NotationError : public std::runtime_error {
 public:
  explicit NotationError(const std::string& what) : std::runtime_error(what) {}
  NotationError(std::size_t column, std::string_view expected);
};

using Message = std::vector<std::byte>;

// A line without its newline; blanks at its ends do not count. None for a blank line, which in hex
// is an empty message. Total: any bytes are a message, none, or a NotationError.
std::optional<Message> parse_message(Notation, std::string_view line);
// Parses back to the same message, but for bytes that the kernel does not look at; where a CAN FD
// frame has a length that is none, not at all. Throws NotationError for what is no message of that
// kind.
std::string message_text(Notation, std::span<const std::byte>);

// The longest line that is read, in bytes: enough for any message of 64 KiB.
inline constexpr std::size_t longest_line = 3 * 64 * 1024;

}  // namespace sock::io
