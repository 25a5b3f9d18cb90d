#include "cmd/flags_output.hpp"

#include "cmd/values.hpp"

namespace sock::cmd {

void add_output_flags(Options& options, OutputFlags& flags) {
  options.add_flag("-v,--verbose", &flags.verbose, "Say each step: addresses, sizes, times")
      .group("General");
  options.add_flag("-q,--quiet", &flags.quiet, "Say nothing but errors").group("General");
}

Console::Level level_of(const OutputFlags& flags) {
  if (flags.verbose && flags.quiet) throw UsageError("-v and -q: only one of them can be given");
  if (flags.verbose) return Console::Level::verbose;
  return flags.quiet ? Console::Level::quiet : Console::Level::normal;
}

}  // namespace sock::cmd
