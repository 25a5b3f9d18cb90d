// What is said of a connection before anything else is said on it: a header of the PROXY protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sock/socket.hpp"
#include "wire/proxy_header.hpp"

namespace sock::wire {

struct Announcement {
  enum class Version : std::uint8_t { v1, v2 };
  Version version = Version::v1;
  std::optional<ProxiedEnds> ends = {};  // none: the connection's own
  bool operator==(const Announcement&) const = default;
};

// The header for a connected socket. Throws UsageError for a socket on which none can be said:
// datagrams in version 1, records.
std::string header_of(const Announcement&, const Socket&);

}  // namespace sock::wire
