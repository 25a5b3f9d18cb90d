// Options about what is said on standard error; every command has them.
#pragma once

#include "cmd/console.hpp"
#include "cmd/options.hpp"

namespace sock::cmd {

struct OutputFlags {
  bool verbose = false;
  bool quiet = false;
};

void add_output_flags(Options&, OutputFlags&);

// Throws UsageError.
Console::Level level_of(const OutputFlags&);

}  // namespace sock::cmd
