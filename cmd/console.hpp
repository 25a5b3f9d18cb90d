// The only writer to standard output and standard error.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/exit.hpp"
#include "sock/fd.hpp"

namespace sock::cmd {

// Text from elsewhere (names, paths, a peer's) as one line that is safe on a terminal: control
// characters (C0, DEL, C1) and bytes that are no UTF-8 as \xNN.
std::string printable(std::string_view);

// All of it, though the descriptor be non-blocking. 0, or the errno that stopped it.
int write_all(FdRef, std::string_view) noexcept;

class Console {
 public:
  enum class Level : std::uint8_t {
    silent,  // nothing, not even errors: something else says them
    quiet,
    normal,
    verbose,
  };
  // Is told every error that ends a run or a connection.
  using Failures = std::function<void(std::string_view message, int exit_code)>;

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
  // An error that ends a run or a connection; the exit code.
  int failed(Exit, std::string_view text) const;
  void tell_failures_to(Failures told) { failures_ = std::move(told); }

  // What was asked for just now, by a signal; not when silent.
  void answer(std::string_view text) const noexcept;

  // On standard error, without a change.
  void as_it_is(std::string_view) const noexcept;

  // Columns of the terminal that standard error is, if it is one.
  std::optional<std::size_t> terminal_width() const noexcept;
  // A line at the terminal that each call draws anew; other talk takes its place until the next.
  void status(std::string_view) const noexcept;
  // It stays as it is, and what follows begins below it.
  void end_status() const noexcept;

 private:
  void talk(std::string_view prefix, std::string_view text) const noexcept;

  FdRef out_, err_;
  Level level_ = Level::normal;
  Failures failures_;
  mutable bool status_shown_ = false;
};

}  // namespace sock::cmd
