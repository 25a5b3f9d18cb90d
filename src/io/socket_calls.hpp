// One attempt on a socket, whoever owns it: never waits, never raises SIGPIPE, leaves O_NONBLOCK
// alone. Errors have `name` as their subject.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "io/channel.hpp"
#include "sock/address.hpp"
#include "sock/error.hpp"
#include "sock/fd.hpp"

namespace sock::io {

// EMSGSIZE: a message came for which there was no room, and is lost.
class CutMessage : public Error {
 public:
  CutMessage(std::size_t size, const std::string& name);
  std::size_t size() const noexcept { return size_; }  // 0 where the system does not tell

 private:
  std::size_t size_;
};

Attempt receive_stream(FdRef, std::span<std::byte>, const std::string& name);
// SOCK_SEQPACKET. An empty record is moved(0) while the peer has not ended, and also before
// another record. A record that is cut is a CutMessage.
Attempt receive_record(FdRef, std::span<std::byte>, const std::string& name);
// Never the end. A datagram that is cut is a CutMessage. `from`, where given, is filled in.
Attempt receive_datagram(FdRef, std::span<std::byte>, const std::string& name,
                         Address* from = nullptr);
// To the connected peer, or to the one given. `flags`: besides ours.
Attempt send_to(FdRef, std::span<const std::byte>, const std::string& name, const Address& to = {},
                int flags = 0);
// Shuts down for writing, or as said. A peer that is gone already needs no telling.
void finish_sending(FdRef, const std::string& name, int how = SHUT_WR);
// Bytes sent over TCP that the peer's system has not acknowledged; none: not TCP.
std::optional<std::uint64_t> unconfirmed(FdRef) noexcept;

}  // namespace sock::io
