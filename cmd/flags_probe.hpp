// Options of a probe: connect, report, close.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/options.hpp"

namespace sock::cmd {

struct ProbeFlags {
  bool probe = false;
  bool any = false;
  bool all = false;
  std::optional<std::string> data, jobs;
  std::vector<std::string> more;  // targets after ADDRESS and PORT
};

void add_probe_flags(Options&, ProbeFlags&);

// None of them was given. -z brings the others.
bool is_empty(const ProbeFlags&) noexcept;

}  // namespace sock::cmd
