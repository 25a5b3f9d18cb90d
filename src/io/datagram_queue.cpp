#include "io/datagram_queue.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "io/socket_calls.hpp"
#include "sock/error.hpp"

namespace sock::io {

namespace {

constexpr std::size_t most = 32;
constexpr std::size_t slot_size = 64 * 1024;  // no UDP datagram is larger
// From here on they are taken to queue.
constexpr std::size_t queueing = 4;

}  // namespace

struct DatagramQueue::Slot {
  std::size_t size;
  bool cut;
  Address from;
};

DatagramQueue::DatagramQueue() = default;
DatagramQueue::~DatagramQueue() = default;

Attempt DatagramQueue::receive(FdRef fd, std::span<std::byte> room, const std::string& name,
                               Address* from) {
  if (pending()) return hand_out(room, name, from);
  if (in_a_row_ >= queueing) {
    if (fill(fd, name)) return hand_out(room, name, from);
    in_a_row_ = 0;
    return Attempt::blocked();
  }
  const Attempt attempt = receive_datagram(fd, room, name, from);
  in_a_row_ = attempt.kind == Attempt::Kind::moved ? in_a_row_ + 1 : 0;
  return attempt;
}

Attempt DatagramQueue::hand_out(std::span<std::byte> room, const std::string& name, Address* from) {
  const Slot& slot = slots_[next_];
  const std::byte* bytes = bytes_.get() + next_ * slot_size;
  ++next_;
  if (slot.cut || slot.size > room.size())
    throw CutMessage(slot.cut && slot.size <= slot_size ? 0 : slot.size, name);
  if (from != nullptr) *from = slot.from;
  std::memcpy(room.data(), bytes, slot.size);
  return Attempt::moved(slot.size);
}

// false: there are none.
bool DatagramQueue::fill(FdRef fd, const std::string& name) {
  if (!bytes_) {
    bytes_ = std::make_unique_for_overwrite<std::byte[]>(most * slot_size);
    slots_.resize(most);
  }
  std::array<mmsghdr, most> messages{};
  std::array<iovec, most> parts;
  for (std::size_t i = 0; i < most; ++i) {
    parts[i] = {bytes_.get() + i * slot_size, slot_size};
    msghdr& header = messages[i].msg_hdr;
    header.msg_iov = &parts[i];
    header.msg_iovlen = 1;
    header.msg_name = slots_[i].from.buffer();
    header.msg_namelen = Address::capacity();
  }
  for (;;) {
    const int n = ::recvmmsg(fd.get(), messages.data(), most, MSG_DONTWAIT | MSG_TRUNC, nullptr);
    const int err = errno;
    if (n < 0 && err == EINTR) continue;
    if (n < 0 && (err == EAGAIN || err == EWOULDBLOCK)) return false;
    if (n < 0) throw_errno(err, "recv", name);
    next_ = 0;
    filled_ = static_cast<std::size_t>(n);
    break;
  }
  for (std::size_t i = 0; i < filled_; ++i) {
    slots_[i].size = messages[i].msg_len;
    slots_[i].cut = (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    slots_[i].from.resize(messages[i].msg_hdr.msg_namelen);
  }
  return true;
}

}  // namespace sock::io
