// Moving bytes inside the kernel, where both ends allow it: sendfile(2), splice(2), and a recv(2)
// that drops what it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "io/pipe_pool.hpp"
#include "sock/fd.hpp"

namespace sock::io {

// What one attempt came to, and how many bytes left the source in it, which may be some with any
// kind. Only the last two name an error.
struct Spliced {
  enum class Kind : std::uint8_t {
    moved,           // perhaps there are more at once
    short_,          // that was all there was, or all there was room for
    end,             // of the source
    source_blocked,  // that was all there was
    sink_blocked,    // that was all there was room for
    unsupported,     // not between these two, after all; what is held is to be taken by take()
    source_failed,   // with error
    sink_failed,
  };
  Kind kind;
  std::size_t bytes = 0;
  int error = 0;  // errno
};

// One way of moving bytes from one descriptor to another. Both must be non-blocking, or such that
// never block; SIGPIPE must be ignored.
class Splice {
 public:
  // Null where no way is known:
  //   regular file -> socket, pipe                sendfile
  //   pipe -> socket, pipe, file; socket -> pipe  splice
  //   socket -> socket, regular file              splice through a pipe from the pool
  //   TCP socket -> null device                   recv with MSG_TRUNC: nothing is copied
  // A file that is appended to (O_APPEND) cannot be spliced to. Pipes at the ends are enlarged to
  // 1 MiB where that is allowed, for every 64 KiB would cost two wake-ups.
  static std::unique_ptr<Splice> between(FdRef from, FdRef to);
  virtual ~Splice() = default;

  // Moves up to `most` bytes.
  [[nodiscard]] virtual Spliced move(std::size_t most) = 0;
  // Bytes that have left the source and not reached the sink.
  virtual std::size_t held() const noexcept { return 0; }
  // Takes held bytes back; never more than held() and room.size().
  virtual std::size_t take(std::span<std::byte>) { return 0; }
};

// Is it worth while for a source that gave this much in one read? Small messages are better read
// and written: a system call more, but no pipe to be made and no side to be asked for.
bool worth_splicing(std::size_t read) noexcept;
// And for a source of which nothing was read: a regular file with that much left in it.
bool worth_splicing_from_start(FdRef from) noexcept;

}  // namespace sock::io
