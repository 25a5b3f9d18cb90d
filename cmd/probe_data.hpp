// What a probe sends to have a datagram answered. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sock::cmd {

// "dns" (RFC 1035: the name servers of the root), "ntp" (RFC 5905: a client's request),
// "text:TEXT" as it is, "hex:DIGITS". Throws UsageError.
std::string parse_probe_data(std::string_view);

}  // namespace sock::cmd
