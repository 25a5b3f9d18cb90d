// CAN frames in the notation of candump(1) and cansend(1).
#include <linux/can.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "io/notation_parts.hpp"

namespace sock::io::detail {

namespace {

constexpr std::string_view id_expected =
    "an identifier: 3 hexadecimal digits up to 7FF, or 8 up to 1FFFFFFF, for errors to 3FFFFFFF";
// Those that a CAN FD frame can have beyond 8 bytes.
constexpr std::array<std::size_t, 7> fd_lengths{12, 16, 20, 24, 32, 48, 64};
// What the notation tells; that a frame is one of CAN FD is told by "##".
constexpr unsigned told_fd_flags = CANFD_BRS | CANFD_ESI;

// Pairs of digits, with dots between them or without. Returns how many bytes there are.
std::size_t parse_data(Scanner& line, std::span<__u8> data) {
  std::size_t bytes = 0;
  for (;;) {
    const std::size_t at = line.at();
    const auto high = line.hex_digit();
    if (!high) return bytes;
    if (bytes == data.size())
      line.fail_at(at, "the end of the data: the frame has " + std::to_string(data.size()) +
                           " bytes already");
    const auto low = line.hex_digit();
    if (!low) line.fail("the second digit of a byte");
    data[bytes++] = static_cast<__u8>(*high << 4U | *low);
    if (line.peek() == '.') {
      line.skip('.');
      if (!hex_value(line.peek())) line.fail("a byte after the dot");
    }
  }
}

// "_9" to "_F": the length code that was sent with 8 bytes.
__u8 parse_raw_length(Scanner& line, std::size_t bytes) {
  if (!line.skip('_')) return 0;
  const auto code = line.hex_digit();
  if (!code || *code <= CAN_MAX_DLEN || bytes != CAN_MAX_DLEN)
    line.fail_at(line.at() - code.has_value(), "after 8 bytes a length code from 9 to F");
  return static_cast<__u8>(*code);
}

void check_end(const Scanner& line, std::string_view expected) {
  if (!line.at_end() && !is_blank(line.peek())) line.fail(expected);
}

Message parse_classic(Scanner& line, canid_t id) {
  can_frame frame{};
  frame.can_id = id;
  if (line.skip('R') || line.skip('r')) {
    if ((id & CAN_ERR_FLAG) != 0) line.fail_at(line.at() - 1, "data: an error is no request");
    frame.can_id |= CAN_RTR_FLAG;
    const auto length = line.hex_digit();
    if (length && *length > CAN_MAX_DLEN) line.fail_at(line.at() - 1, "a length from 0 to 8");
    frame.len = static_cast<__u8>(length.value_or(0));
  } else {
    frame.len = static_cast<__u8>(parse_data(line, frame.data));
  }
  frame.len8_dlc = parse_raw_length(line, frame.len);
  check_end(line, "hexadecimal data, two digits a byte");
  Message message;
  append(message, frame);
  return message;
}

Message parse_fd(Scanner& line, canid_t id) {
  canfd_frame frame{};
  frame.can_id = id;
  const auto flags = line.hex_digit();
  if (!flags || *flags > 7) line.fail_at(line.at() - flags.has_value(), "the flags, from 0 to 7");
  frame.flags = static_cast<__u8>(*flags);
  const std::size_t begin = line.at();
  const std::size_t bytes = parse_data(line, frame.data);
  if (bytes > 8 && std::find(fd_lengths.begin(), fd_lengths.end(), bytes) == fd_lengths.end())
    line.fail_at(begin, "0 to 8, 12, 16, 20, 24, 32, 48 or 64 bytes, not " + std::to_string(bytes));
  frame.len = static_cast<__u8>(bytes);
  check_end(line, "hexadecimal data, two digits a byte");
  Message message;
  append(message, frame);
  return message;
}

void add_data(std::string& text, std::span<const __u8> data) {
  for (const __u8 byte : data) add_hex(text, byte, 2, true);
}

}  // namespace

canid_t parse_can_id(Scanner& line) {
  const std::size_t begin = line.at();
  canid_t id = 0;
  while (line.at() - begin < 8) {
    const auto digit = line.hex_digit();
    if (!digit) break;
    id = id << 4U | *digit;
  }
  const std::size_t digits = line.at() - begin;
  if (digits == 3 && id <= CAN_SFF_MASK) return id;
  if (digits == 8 && id <= CAN_EFF_MASK) return id | CAN_EFF_FLAG;
  if (digits == 8 && (id & ~CAN_ERR_MASK) == CAN_ERR_FLAG) return id;
  line.fail_at(begin, id_expected);
}

void add_can_id(std::string& text, canid_t id) {
  if ((id & CAN_ERR_FLAG) != 0)
    add_hex(text, id & (CAN_ERR_MASK | CAN_ERR_FLAG), 8, true);
  else if ((id & CAN_EFF_FLAG) != 0)
    add_hex(text, id & CAN_EFF_MASK, 8, true);
  else
    add_hex(text, id & CAN_SFF_MASK, 3, true);
}

Message parse_can_frame(Scanner& line) {
  const canid_t id = parse_can_id(line);
  if (!line.skip('#')) line.fail("\"#\" after the identifier");
  if (!line.skip('#')) return parse_classic(line, id);
  if ((id & CAN_ERR_FLAG) != 0) line.fail_at(line.at() - 1, "data: an error is no CAN FD frame");
  return parse_fd(line, id);
}

void add_can_frame(std::string& text, std::span<const std::byte> bytes) {
  if (bytes.size() == CANFD_MTU) {
    const auto frame = read_as<canfd_frame>(bytes);
    add_can_id(text, frame.can_id);
    text += "##";
    add_hex(text, frame.flags & told_fd_flags, 1, true);
    return add_data(text, std::span(frame.data).first(std::min<std::size_t>(frame.len, 64)));
  }
  const auto frame = read_as<can_frame>(bytes);
  add_can_id(text, frame.can_id);
  text += '#';
  const auto length = std::min<std::size_t>(frame.len, CAN_MAX_DLEN);
  if ((frame.can_id & CAN_ERR_FLAG) == 0 && (frame.can_id & CAN_RTR_FLAG) != 0) {
    text += 'R';
    if (length != 0) add_hex(text, static_cast<std::uint32_t>(length), 1, true);
  } else {
    add_data(text, std::span(frame.data).first(length));
  }
  if (length == CAN_MAX_DLEN && frame.len8_dlc > CAN_MAX_DLEN && frame.len8_dlc < 16) {
    text += '_';
    add_hex(text, frame.len8_dlc, 1, true);
  }
}

}  // namespace sock::io::detail
