// One end of a conversation: what can be read, written and finished without waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "io/loop.hpp"
#include "sock/address.hpp"
#include "sock/fd.hpp"
#include "sock/socket.hpp"

namespace sock::io {

// What one attempt to move bytes came to. A count, the end and "would block" are three different
// things: a datagram of no bytes is moved(0), not the end.
struct Attempt {
  enum class Kind : std::uint8_t { moved, end, blocked };
  Kind kind;
  std::size_t bytes = 0;

  static constexpr Attempt moved(std::size_t n) noexcept { return {Kind::moved, n}; }
  static constexpr Attempt end() noexcept { return {Kind::end}; }
  static constexpr Attempt blocked() noexcept { return {Kind::blocked}; }
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

// What to wait for before trying again.
struct Wants {
  Interest read_fd = Interest::none;
  Interest write_fd = Interest::none;
};

// Errors are thrown as sock::Error whose subject is name().
class Channel {
 public:
  virtual ~Channel() = default;

  [[nodiscard]] virtual Attempt try_read(std::span<std::byte>) = 0;
  [[nodiscard]] virtual Attempt try_write(std::span<const std::byte>) = 0;
  // Takes several messages at a time, which lie one behind the other in the bytes: how many it
  // took, 0: blocked. Only where batches().
  [[nodiscard]] virtual std::size_t try_write_batch(std::span<const std::byte> /*bytes*/,
                                                    std::span<const std::size_t> /*sizes*/) {
    return 0;
  }
  virtual bool batches() const noexcept { return false; }
  // Tells the far side that nothing more comes. false: blocked, call again. Once done, again is
  // fine.
  [[nodiscard]] virtual bool try_finish() = 0;

  // The descriptors to wait on; the same where one socket is both.
  virtual FdRef read_fd() const noexcept = 0;
  virtual FdRef write_fd() const noexcept = 0;
  // What a wish to read or write (or finish) has to wait for. TLS may have to write to read.
  virtual Wants wants(bool read, bool write) const noexcept {
    return {read ? Interest::read : Interest::none, write ? Interest::write : Interest::none};
  }
  // The far side can be told that nothing more comes while it goes on sending. Else finishing ends
  // both directions.
  virtual bool half_closes() const noexcept { return true; }
  // Bytes it has taken from its descriptor and not handed out, which no readiness will tell of.
  virtual bool pending() const noexcept { return false; }
  // The descriptor on which bytes may bypass the channel (splice, sendfile), where one may.
  virtual std::optional<FdRef> plain_fd(bool write) const noexcept = 0;
  // Messages keep their boundaries, on one of its sides at least: one read gives one, one write
  // sends one.
  virtual bool messages() const noexcept { return false; }
  // A conversation without an end of its own: a datagram socket never reads Attempt::end().
  virtual bool endless() const noexcept { return false; }
  virtual bool terminal() const noexcept { return false; }
  // For errors and talk: "192.0.2.1:80", "standard input".
  virtual const std::string& name(bool write) const noexcept = 0;
};

// A connected stream or seqpacket socket, which it owns. A record larger than the buffer it is read
// into is an Error (EMSGSIZE), not cut.
// `urgent` (TCP, and Unix streams where the kernel has it): the last byte of each write is sent as
// urgent (MSG_OOB), and those of the peer are read in their place (SO_OOBINLINE).
std::unique_ptr<Channel> socket_channel(Socket, std::string name, bool urgent = false);

// A datagram socket, connected (peer empty) or not; then it talks to `peer` alone, and datagrams of
// others are dropped, unless it takes those of everybody. An empty datagram is moved(0). One that
// is cut is an Error (EMSGSIZE).
std::unique_ptr<Channel> datagram_channel(Socket, Address peer, std::string name,
                                          bool from_everybody = false);

// Standard input and output, or any two borrowed descriptors: pipe, terminal, regular file, null
// device, socket. Never waits in a read or a write (but for a disk), and leaves the flags of open
// files that others share as they were when it is destroyed: a pipe or terminal is opened again for
// this process alone (/proc/self/fd), and only where that is refused O_NONBLOCK is set and put
// back. Finishing closes the output: its descriptor is replaced by /dev/null, a socket is shut down
// for writing. A descriptor that is not open reads as the end, and writing to it is an Error.
// SIGPIPE must be ignored: a pipe without a reader is an Error (EPIPE).
std::unique_ptr<Channel> stdio_channel(FdRef in, FdRef out);

}  // namespace sock::io
