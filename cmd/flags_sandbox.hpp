// Options about what a run gives up.
#pragma once

#include <cstdint>

#include "cmd/options.hpp"

namespace sock::cmd {

struct SandboxFlags {
  bool off = false;
  bool strict = false;
};

enum class SandboxMode : std::uint8_t {
  on,
  off,
  strict,  // what is refused ends the run
};

void add_sandbox_flags(Options&, SandboxFlags&);
SandboxMode sandbox_mode(const SandboxFlags&) noexcept;

}  // namespace sock::cmd
