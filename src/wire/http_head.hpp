// The head of a message of HTTP/1 (RFC 9112). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sock::wire {

// Views of the text it was parsed from.
struct HttpHead {
  std::string_view start;  // the request line or the status line
  std::vector<std::pair<std::string_view, std::string_view>> fields;

  // In their order; names are compared without case.
  std::vector<std::string_view> all(std::string_view name) const;
  // The first of them, "" where there is none.
  std::string_view first(std::string_view name) const;
};

// Its length, with the empty line at its end; 0: it is not whole yet. A line may end without CR.
std::size_t head_size(std::string_view text) noexcept;
HttpHead parse_head(std::string_view head);

bool same_word(std::string_view a, std::string_view b) noexcept;  // without case (ASCII)
std::string_view trimmed(std::string_view) noexcept;              // without spaces and tabs

}  // namespace sock::wire
