#include "io/datagram_sender.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "sock/error.hpp"

namespace sock::io {

namespace {

constexpr std::size_t most_calls = 64;     // datagrams, or runs of them, in one sendmmsg
constexpr std::size_t most_segments = 64;  // udp(7); Linux: UDP_MAX_SEGMENTS
constexpr std::size_t most_bytes = 65507;  // of a run: the largest UDP datagram of IPv4

// How many of the first datagrams can be told as one: all of one size, but for the last, which may
// be smaller. 1 where there is no such run.
std::size_t run_length(std::span<const std::size_t> sizes) noexcept {
  const std::size_t size = sizes.front();
  if (size == 0) return 1;
  std::size_t n = 1, bytes = size;
  while (n < std::min(sizes.size(), most_segments)) {
    const std::size_t next = sizes[n];
    if (next == 0 || next > size || bytes + next > most_bytes) break;
    bytes += next;
    ++n;
    if (next < size) break;
  }
  return n;
}

struct Batch {
  alignas(cmsghdr)
      std::array<std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))>, most_calls> control;
  std::array<iovec, most_calls> parts;
  std::array<mmsghdr, most_calls> messages{};
  std::array<std::size_t, most_calls> datagrams;  // in each of them
  unsigned count = 0;

  void add(const std::byte* bytes, std::span<const std::size_t> sizes, const Address& to) {
    std::size_t length = 0;
    for (const std::size_t size : sizes) length += size;
    parts[count] = {const_cast<std::byte*>(bytes), length};
    msghdr& header = messages[count].msg_hdr;
    header.msg_iov = &parts[count];
    header.msg_iovlen = 1;
    if (to) {
      header.msg_name = const_cast<sockaddr*>(to.data());
      header.msg_namelen = to.size();
    }
    if (sizes.size() > 1) cut(header, static_cast<std::uint16_t>(sizes.front()));
    datagrams[count] = sizes.size();
    ++count;
  }

 private:
  void cut(msghdr& header, std::uint16_t size) {
    header.msg_control = control[count].data();
    header.msg_controllen = control[count].size();
    cmsghdr* const item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_UDP;
    item->cmsg_type = UDP_SEGMENT;
    item->cmsg_len = CMSG_LEN(sizeof size);
    std::memcpy(CMSG_DATA(item), &size, sizeof size);
  }
};

// An older kernel, a route whose device cannot do it, datagrams that have to be fragmented.
bool cannot_cut(int err) noexcept {
  return err == EINVAL || err == EIO || err == EMSGSIZE || err == EOPNOTSUPP || err == ENOPROTOOPT;
}

}  // namespace

std::size_t DatagramSender::send(FdRef fd, std::span<const std::byte> bytes,
                                 std::span<const std::size_t> sizes, const std::string& name,
                                 const Address& to) {
  for (;;) {
    Batch batch;
    const std::byte* next = bytes.data();
    for (auto rest = sizes; !rest.empty() && batch.count < most_calls;) {
      const auto run = rest.first(segments_ ? run_length(rest) : 1);
      batch.add(next, run, to);
      for (const std::size_t size : run) next += size;
      rest = rest.subspan(run.size());
    }
    const int n =
        ::sendmmsg(fd.get(), batch.messages.data(), batch.count, MSG_DONTWAIT | no_signal_);
    const int err = errno;
    if (n >= 0) {
      std::size_t sent = 0;
      for (int i = 0; i < n; ++i) sent += batch.datagrams[static_cast<std::size_t>(i)];
      return sent;
    }
    if (err == EAGAIN || err == EWOULDBLOCK) return 0;
    if (err == EINTR) continue;
    if (err == EOPNOTSUPP && no_signal_ != 0) {
      no_signal_ = 0;
      continue;
    }
    if (batch.datagrams[0] == 1 || !cannot_cut(err)) throw_errno(err, "send", name);
    segments_ = false;
  }
}

}  // namespace sock::io
