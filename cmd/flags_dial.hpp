// Options about how to get through to a peer: from where, and in which order its addresses are
// tried.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/options.hpp"
#include "wire/dial.hpp"

namespace sock::cmd {

struct DialFlags {
  std::optional<std::string> source, prefer, wait;
  bool sequential = false;
  bool reconnect = false;
};

void add_dial_flags(Options&, DialFlags&);

// Adds them to a plan whose target is known. Throws UsageError, EndpointError.
void add_to_plan(const DialFlags&, wire::DialPlan&);

// An address to connect from, whose port may be a range: "192.0.2.1:5000-5010", "5000-5010".
struct Source {
  wire::Endpoint endpoint;      // with the first port
  std::uint16_t last_port = 0;  // 0: no range
};
// Throws EndpointError.
Source parse_source_range(std::string_view);

}  // namespace sock::cmd
