#include "cmd/flags_probe.hpp"

namespace sock::cmd {

void add_probe_flags(Options& options, ProbeFlags& flags) {
  const char* group = "Probe";
  options.add_option("TARGET", &flags.more, "With --probe: more of them, as HOST:22,80,8000-8010");
  options
      .add_flag("-z,--probe", &flags.probe,
                "Connect, report and close: which ports are open? With a COMMAND: run it if so")
      .group(group);
  options.add_flag("--all", &flags.all, "All targets have to be open (the default)").group(group);
  options.add_flag("--any", &flags.any, "One target that is open is enough, and ends the probe")
      .group(group);
  options
      .add_option("--probe-data", &flags.data,
                  "What datagrams carry to be answered; default nothing")
      .type_name("dns|ntp|text:TEXT|hex:DIGITS")
      .group(group);
  options.add_option("--jobs", &flags.jobs, "Probe so many targets at a time; default 100")
      .type_name("N")
      .group(group);
}

bool is_empty(const ProbeFlags& flags) noexcept {
  return !flags.probe && !flags.any && !flags.all && !flags.data && !flags.jobs &&
         flags.more.empty();
}

}  // namespace sock::cmd
