// The only writer to standard output and standard error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sock/fd.hpp"

namespace sock::cmd {

// Text from elsewhere (names, paths, a peer's) as one line that is safe on a terminal: control
// characters (C0, DEL, C1) and bytes that are no UTF-8 as \xNN.
std::string printable(std::string_view);

class Console {
 public:
  enum class Level : std::uint8_t { quiet, normal, verbose };

  // The descriptors are borrowed.
  explicit Console(FdRef out = FdRef(1), FdRef err = FdRef(2)) noexcept : out_(out), err_(err) {}

  void set_level(Level level) noexcept { level_ = level; }
  bool verbose() const noexcept { return level_ == Level::verbose; }

  // Data: as it is, at once, all of it. Throws Error when it cannot be written.
  void data(std::string_view) const;

  // Talk, on standard error, made printable; a newline in it begins a new, indented line. That
  // standard error cannot be written is nobody's to hear. error() begins with "sock: " and is
  // said always, note() unless quiet, detail() only when verbose.
  void error(std::string_view text) const noexcept;
  void note(std::string_view text) const noexcept;
  void detail(std::string_view text) const noexcept;

 private:
  void talk(std::string_view prefix, std::string_view text) const noexcept;

  FdRef out_, err_;
  Level level_ = Level::normal;
};

}  // namespace sock::cmd
