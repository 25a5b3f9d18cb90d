// Results of probes as text. Pure.
#pragma once

#include <span>
#include <string>

#include "cmd/probe_result.hpp"

namespace sock::cmd {

// Target, state, time, the address that answered, and the cause, under a line of headings.
std::string table_text(std::span<const ProbeResult>);
// One object and a newline: target, state, seconds; where there are any, look_up_seconds, address
// and cause.
std::string json_text(const ProbeResult&);
// "probe db:5432: closed: connection refused"
std::string line_text(const ProbeResult&);

}  // namespace sock::cmd
