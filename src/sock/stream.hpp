// Files and sockets: makefile() and sendfile().
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>

#include "sock/fd.hpp"
#include "sock/socket.hpp"

namespace sock {

// Python: socket.makefile. A buffered stream over a connected socket: formatted and unformatted
// input and output as with any std::iostream. It shares the socket's descriptor and timeout:
// closing the stream does not close the socket, and a socket that is closed keeps its descriptor
// until the last stream over it is gone.
//
// Errors are thrown as Error, out of every operation of the stream, as long as exceptions() keeps
// badbit, which the constructor sets. They leave it bad(), as with any iostream: clear() to go on,
// for an operation of a stream that is bad() already throws std::ios_base::failure.
// After a read timed out, reads fail for good (Errc::timed_out_stream): what was half read cannot
// be told from what was not. Only << and >> with another streambuf swallow errors (failbit), and
// std::unitbuf must not be set, for errors cannot leave the destructor it works in: a buffer_size
// of 0 does the same.
//
// Reading to the end of the stream sets eofbit as always: clear() to write on. In non-blocking
// mode a read that finds nothing yet ends like that too; ask would_block(). Writes take all they
// are given: what the socket does not take yet stays in the buffer, which grows, for the next
// flush(). readsome() never waits, in any mode; at the end of the stream it sets eofbit, too.
class SocketStream : public std::iostream {
 public:
  // buffer_size: of each direction, in bytes; 0 writes through.
  explicit SocketStream(Socket&, std::size_t buffer_size = 8192);
  ~SocketStream() override;  // flushes, and swallows what goes wrong then: flush() first to know
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  // Flushes, throws what goes wrong, and lets go of the socket in any case. What a non-blocking
  // socket does not take then is lost: BlockingIOError.
  void close();
  bool closed() const noexcept;
  // Whether the last read or write that reached the socket stopped only because it would have had
  // to wait. If so, it puts the stream back to good(), and the next read tries again.
  bool would_block() noexcept;
  int fileno() const noexcept;

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
};

// Socket::sendfile sends the file from `offset`, `count` bytes or to its end, with sendfile(2)
// where the file allows it, else by reading and sending. The file's position ends behind what was
// sent, also on error; Error::transferred() says how much that is. The socket's timeout bounds
// each wait, not the whole. Only SOCK_STREAM, not in non-blocking mode, not count 0:
// std::invalid_argument. Returns the bytes sent. Raises no SIGPIPE.

}  // namespace sock
