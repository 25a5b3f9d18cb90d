// Messages with ancillary data: sendmsg, recvmsg, and descriptors passed along.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sock/address.hpp"
#include "sock/fd.hpp"
#include "sock/socket.hpp"

namespace sock {

// One item of ancillary data (cmsg(3)): SOL_SOCKET and SCM_RIGHTS, IPPROTO_IPV6 and IPV6_HOPLIMIT.
struct ControlMessage {
  int level;
  int type;
  std::string data;
};

// What Socket::recvmsg and recvmsg_into give back.
struct ReceivedMessage {
  std::string data;                     // recvmsg's bytes
  std::size_t size = 0;                 // how many bytes came, also into recvmsg_into's buffers
  std::vector<ControlMessage> control;  // in order; descriptors in it are the caller's to close
  // A control message was cut in its middle; it is in `control` as far as it came.
  bool control_malformed = false;
  int flags = 0;  // what the kernel gave: MSG_TRUNC, MSG_CTRUNC, MSG_EOR, ...
  Address from;
};

// unix(7), SCM_RIGHTS. The descriptors stay the sender's.
std::size_t send_fds(Socket&, std::span<const iovec> buffers, std::span<const int> fds,
                     int flags = 0, const Address* to = nullptr);

struct ReceivedFds {
  std::size_t size = 0;
  std::vector<Fd> fds;
  int flags = 0;
  Address from;
};
// At most max_fds descriptors; the kernel closes what does not fit (MSG_CTRUNC in flags).
ReceivedFds recv_fds(Socket&, std::span<std::byte> buffer, std::size_t max_fds, int flags = 0);

// CMSG_LEN and CMSG_SPACE. Throw std::out_of_range below 0 and above what leaves the result, with
// full padding, within INT_MAX.
std::size_t cmsg_len(std::int64_t length);
std::size_t cmsg_space(std::int64_t length);

}  // namespace sock
