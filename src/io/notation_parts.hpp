// What the notations are made of.
#pragma once

#include <linux/can.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "io/notation.hpp"

namespace sock::io::detail {

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

constexpr std::optional<unsigned> hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return {};
}

// A line that is read from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view line) noexcept : line_(line) {
    while (!line_.empty() && is_blank(line_.back())) line_.remove_suffix(1);
    skip_blanks();
  }

  bool at_end() const noexcept { return at_ == line_.size(); }
  char peek() const noexcept { return at_end() ? '\0' : line_[at_]; }
  std::size_t at() const noexcept { return at_; }
  std::string_view rest() const noexcept { return line_.substr(at_); }
  bool skip(char c) noexcept {
    const bool there = !at_end() && line_[at_] == c;
    at_ += there;
    return there;
  }
  void skip_blanks() noexcept {
    while (!at_end() && is_blank(line_[at_])) ++at_;
  }
  void go_to(std::size_t at) noexcept { at_ = at; }

  // Up to the next blank.
  std::string_view word() const noexcept {
    const auto end = std::find_if(rest().begin(), rest().end(), is_blank);
    return rest().substr(0, static_cast<std::size_t>(end - rest().begin()));
  }

  std::optional<unsigned> hex_digit() noexcept {
    const auto digit = at_end() ? std::nullopt : hex_value(line_[at_]);
    at_ += digit.has_value();
    return digit;
  }

  [[noreturn]] void fail(std::string_view expected) const {
    throw NotationError(at_ + 1, expected);
  }
  [[noreturn]] void fail_at(std::size_t at, std::string_view expected) const {
    throw NotationError(at + 1, expected);
  }

 private:
  std::string_view line_;
  std::size_t at_ = 0;
};

inline void add_hex(std::string& text, std::uint32_t value, int digits, bool upper) {
  const char* const all = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) text += all[(value >> shift) & 0xFU];
}

template <class Struct>
void append(Message& message, const Struct& value) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  const auto bytes = std::as_bytes(std::span(&value, 1));
  message.insert(message.end(), bytes.begin(), bytes.end());
}

// The struct at the beginning of the bytes, which must have as many.
template <class Struct>
Struct read_as(std::span<const std::byte> bytes) noexcept {
  static_assert(std::is_trivially_copyable_v<Struct>);
  Struct value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// An identifier: three digits for 11 bits, eight for 29 (with CAN_EFF_FLAG) or for the class of an
// error (with CAN_ERR_FLAG).
canid_t parse_can_id(Scanner&);
void add_can_id(std::string&, canid_t);

// A frame, up to a blank or the end: struct can_frame, or struct canfd_frame.
Message parse_can_frame(Scanner&);
// The bytes are of one of those two: by their number.
void add_can_frame(std::string&, std::span<const std::byte>);

Message parse_bcm(Scanner&);
std::string bcm_text(std::span<const std::byte>);

}  // namespace sock::io::detail
