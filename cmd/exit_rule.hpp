// The exit code where several programs have one each. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace sock::cmd {

enum class ExitRule : std::uint8_t {
  failed,  // of the first that failed, else 0; that one had to be ended is no failure of it
  first,   // of the first that ended
  last,    // of the last that ended
  worst,   // the highest
};

struct Ended {
  int code = 0;
  bool overdue = false;  // its time was up, and it was ended
};

// `all`: in the order in which they ended; at least one.
int exit_code(ExitRule, std::span<const Ended> all) noexcept;

}  // namespace sock::cmd
