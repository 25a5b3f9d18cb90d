#include "wire/announcement.hpp"

#include <sys/socket.h>

#include "wire/candidates.hpp"

namespace sock::wire {

std::string header_of(const Announcement& announcement, const Socket& socket) {
  const bool datagrams = socket.type() == SOCK_DGRAM;
  const bool v1 = announcement.version == Announcement::Version::v1;
  if (datagrams && v1)
    throw UsageError("version 1 of the PROXY protocol has no words for datagrams: take version 2");
  if (!datagrams && socket.type() != SOCK_STREAM)
    throw UsageError("the PROXY protocol has words for streams and datagrams alone");
  const ProxiedEnds ends = announcement.ends
                               ? *announcement.ends
                               : ProxiedEnds{socket.getsockname(), socket.getpeername()};
  return v1 ? proxy_header_v1(ends) : proxy_header_v2(ends, datagrams);
}

}  // namespace sock::wire
