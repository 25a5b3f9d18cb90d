#include "cmd/dump.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iterator>

#include <fmt/format.h>

#include "cmd/console.hpp"

namespace sock::cmd {
namespace {

constexpr std::size_t bytes_a_line = 16;
constexpr int hex_width = 40;  // eight groups of four digits and a blank

char arrow(io::Direction direction) noexcept { return direction == io::Direction::out ? '>' : '<'; }

// As printable(), with names for the characters that every text has, and the backslash doubled.
std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto special = text.find_first_of("\\\r\n\t");
    out += printable(text.substr(0, special));
    if (special == std::string_view::npos) break;
    const char c = text[special];
    out += c == '\\' ? "\\\\" : c == '\r' ? "\\r" : c == '\n' ? "\\n" : "\\t";
    text.remove_prefix(special + 1);
  }
  return out;
}

}  // namespace

std::string hex_dump(std::span<const std::byte> bytes, std::uint64_t offset,
                     io::Direction direction, std::string_view time) {
  std::string text;
  const auto into = std::back_inserter(text);
  while (!bytes.empty()) {
    const auto line = bytes.first(std::min(bytes.size(), bytes_a_line));
    std::string hex, characters;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const auto byte = std::to_integer<unsigned>(line[i]);
      fmt::format_to(std::back_inserter(hex), "{:02x}{}", byte, i % 2 == 1 ? " " : "");
      characters += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
    }
    fmt::format_to(into, "{:08x}: {:{}} {:{}}  {} {}\n", offset, hex, hex_width, characters,
                   bytes_a_line, time, arrow(direction));
    offset += line.size();
    bytes = bytes.subspan(line.size());
  }
  return text;
}

std::string text_dump(std::span<const std::byte> bytes, io::Direction direction,
                      std::string_view time) {
  std::string text;
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  do {  // an empty datagram is a line, too
    const auto newline = rest.find('\n');
    const auto line = rest.substr(0, newline == std::string_view::npos ? newline : newline + 1);
    fmt::format_to(std::back_inserter(text), "{} {} {}\n", time, arrow(direction), escaped(line));
    rest.remove_prefix(line.size());
  } while (!rest.empty());
  return text;
}

std::string time_of_day() {
  using namespace std::chrono;
  const auto now = system_clock::now();
  const std::time_t seconds = system_clock::to_time_t(now);
  const auto micros = duration_cast<microseconds>(now.time_since_epoch()).count() % 1'000'000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}:{:02}.{:06}", local.tm_hour, local.tm_min, local.tm_sec, micros);
}

}  // namespace sock::cmd
