// Datagrams taken from a socket several at a time, and handed out one by one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/channel.hpp"
#include "sock/address.hpp"
#include "sock/fd.hpp"

namespace sock::io {

// One that comes alone goes straight to its reader. Where they queue, up to 32 are read by one
// recvmmsg(2) into room of the queue's own, so that the system's queue is emptied while the reader
// is still busy: what does not fit there is lost.
class DatagramQueue {
 public:
  DatagramQueue();
  ~DatagramQueue();
  DatagramQueue(const DatagramQueue&) = delete;
  DatagramQueue& operator=(const DatagramQueue&) = delete;

  // As receive_datagram(), but what has been taken already comes first.
  Attempt receive(FdRef, std::span<std::byte> room, const std::string& name, Address* from);
  // Some have been taken and not handed out, which no readiness will tell of.
  bool pending() const noexcept { return next_ != filled_; }

 private:
  struct Slot;
  Attempt hand_out(std::span<std::byte> room, const std::string& name, Address* from);
  bool fill(FdRef, const std::string& name);

  std::unique_ptr<std::byte[]> bytes_;  // of all slots; taken when first needed
  std::vector<Slot> slots_;
  std::size_t next_ = 0, filled_ = 0;
  std::size_t in_a_row_ = 0;  // received without finding the socket empty
};

}  // namespace sock::io
