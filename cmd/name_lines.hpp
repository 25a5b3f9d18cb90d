// Names from standard input, a line each.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sock/fd.hpp"

namespace sock::cmd {

// Of a descriptor, which is borrowed. White space around a name and empty lines do not count.
class NameLines {
 public:
  explicit NameLines(FdRef fd) noexcept : fd_(fd) {}

  // Blocks until a line is there; nothing at the end. Throws Error when it cannot be read, and
  // UsageError for a line that is longer than any name.
  std::optional<std::string> next();

 private:
  std::optional<std::string> line();

  FdRef fd_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what has not been given out
  bool ended_ = false;
};

}  // namespace sock::cmd
