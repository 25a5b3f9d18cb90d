// Internet addresses and numbers as protocols write them: in network order. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sock::wire::detail {

constexpr std::uint8_t byte_at(std::string_view text, std::size_t i) noexcept {
  return static_cast<std::uint8_t>(text[i]);
}
constexpr std::uint16_t number_at(std::string_view text, std::size_t i) noexcept {
  return static_cast<std::uint16_t>(byte_at(text, i) << 8 | byte_at(text, i + 1));
}
constexpr char to_char(std::size_t value) noexcept { return static_cast<char>(value & 0xff); }
inline std::string number_bytes(std::size_t value) { return {to_char(value >> 8), to_char(value)}; }

// The 4 or 16 bytes of a numeric address; "" where it is none of that family.
std::string inet_bytes(int family, const std::string& host);
// The text of 4 or 16 bytes; "" for any other number of them.
std::string inet_text(std::string_view bytes);

}  // namespace sock::wire::detail
