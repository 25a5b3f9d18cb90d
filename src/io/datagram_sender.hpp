// Several datagrams sent by one system call.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <string>

#include "sock/address.hpp"
#include "sock/fd.hpp"

namespace sock::io {

class DatagramSender {
 public:
  // `udp`: a UDP socket of IPv4 or IPv6.
  explicit DatagramSender(bool udp) noexcept : segments_(udp) {}

  // Sends the datagrams, which lie one behind the other, to the connected peer or the one given, by
  // sendmmsg(2). UDP datagrams of one size go to the system as one that it cuts (udp(7),
  // UDP_SEGMENT), where it can: on the wire they are the same. How many were sent, 0: blocked.
  // Throws Error with `name` as its subject, when the first of them cannot be sent.
  [[nodiscard]] std::size_t send(FdRef, std::span<const std::byte> bytes,
                                 std::span<const std::size_t> sizes, const std::string& name,
                                 const Address& to);

 private:
  bool segments_;                 // the system may be asked to cut
  int no_signal_ = MSG_NOSIGNAL;  // 0: RDS knows no such flag, and raises no signal
};

}  // namespace sock::io
