#include "io/notation.hpp"

#include "io/notation_parts.hpp"

namespace sock::io {

namespace {

using detail::Scanner;

std::string message(std::size_t column, std::string_view expected) {
  return "column " + std::to_string(column) + ": expected " + std::string(expected);
}

Message parse_hex(Scanner& line) {
  Message bytes;
  for (; !line.at_end(); line.skip_blanks()) {
    const auto high = line.hex_digit();
    if (!high) line.fail("a hexadecimal digit");
    const auto low = line.hex_digit();
    if (!low) line.fail("the second digit of a byte");
    bytes.push_back(static_cast<std::byte>(*high << 4U | *low));
  }
  return bytes;
}

std::string hex_text(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve(2 * bytes.size() + 1);
  for (const std::byte b : bytes) detail::add_hex(text, std::to_integer<unsigned>(b), 2, false);
  return text;
}

std::string can_text(std::span<const std::byte> bytes) {
  if (bytes.size() != CAN_MTU && bytes.size() != CANFD_MTU)
    throw NotationError("a message of " + std::to_string(bytes.size()) +
                        " bytes is no CAN frame; --framing none takes it as it is");
  std::string text;
  detail::add_can_frame(text, bytes);
  return text;
}

}  // namespace

NotationError::NotationError(std::size_t column, std::string_view expected)
    : std::runtime_error(message(column, expected)) {}

std::optional<Message> parse_message(Notation notation, std::string_view text) {
  Scanner line(text);
  if (notation == Notation::hex) return parse_hex(line);
  if (line.at_end()) return {};
  if (notation == Notation::bcm) return detail::parse_bcm(line);
  Message frame = detail::parse_can_frame(line);
  if (!line.at_end()) line.fail("the end of the line");
  return frame;
}

std::string message_text(Notation notation, std::span<const std::byte> bytes) {
  switch (notation) {
    case Notation::can:
      return can_text(bytes);
    case Notation::bcm:
      return detail::bcm_text(bytes);
    case Notation::hex:
      break;
  }
  return hex_text(bytes);
}

}  // namespace sock::io
