// Text that is read line by line. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sock::io {

// The next line without its end, LF or CRLF; it is cut off the front of `text`. Of an empty text it
// is empty.
inline std::string_view take_line(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace sock::io
