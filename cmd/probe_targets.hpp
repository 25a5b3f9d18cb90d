// What is to be probed, as it is written: addresses whose ports may be lists and ranges. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/endpoint.hpp"

namespace sock::cmd {

// "22,80,8000-8010,http" as ports; a range goes up and stays below 65536. `before`: the characters
// of `text` that stand before the list, and are not looked at. Throws EndpointError.
std::vector<std::string> parse_ports(std::string_view text, std::size_t before = 0);

// The words of a command line: "HOST:PORTS", "udp:HOST:PORTS", "vsock:CID:PORTS", "PORTS" of this
// machine, "HOST" and "PORTS" as two words, and every other address. Throws EndpointError.
std::vector<wire::Endpoint> parse_targets(std::span<const std::string> words);

}  // namespace sock::cmd
