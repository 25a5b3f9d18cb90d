#include "cmd/flags_sandbox.hpp"

namespace sock::cmd {

void add_sandbox_flags(Options& options, SandboxFlags& flags) {
  options
      .add_flag("--no-sandbox", &flags.off,
                "Keep what the rest of the run does not need: files, connections, system calls")
      .group("Safety");
  options.add_flag("--strict-sandbox", &flags.strict, "What is refused ends the run").hidden();
}

SandboxMode sandbox_mode(const SandboxFlags& flags) noexcept {
  if (flags.off) return SandboxMode::off;
  return flags.strict ? SandboxMode::strict : SandboxMode::on;
}

}  // namespace sock::cmd
