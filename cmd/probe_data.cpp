#include "cmd/probe_data.hpp"

#include <cstdint>

#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

// A query of one question, recursion desired: root (no labels), type NS, class IN.
std::string dns_query() {
  const std::string header("\x73\x6f\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  return header + std::string("\x00\x00\x02\x00\x01", 5);
}

// Version 4, mode 3 (client); all else may be zero.
std::string ntp_request() {
  std::string packet(48, '\0');
  packet[0] = 0x23;
  return packet;
}

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string from_hex(std::string_view digits) {
  std::string bytes;
  if (digits.size() % 2 != 0) throw UsageError("'hex:': expected two digits for each byte");
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = digit(digits[i]), low = digit(digits[i + 1]);
    if (high < 0 || low < 0)
      throw UsageError("'hex:': expected hexadecimal digits, not '" +
                       std::string(digits.substr(i, 2)) + "'");
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace

std::string parse_probe_data(std::string_view text) {
  if (text == "dns") return dns_query();
  if (text == "ntp") return ntp_request();
  if (text.starts_with("text:")) return std::string(text.substr(5));
  if (text.starts_with("hex:")) return from_hex(text.substr(4));
  throw UsageError("'" + std::string(text) + "': expected dns, ntp, text:TEXT or hex:DIGITS");
}

}  // namespace sock::cmd
