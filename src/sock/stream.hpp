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
// Errors are thrown as Error, whatever exceptions() says. In non-blocking mode "nothing yet" is
// not an error: would_block() is true and the stream is at good(). After a read timed out, reads
// fail (Errc::timed_out_stream): what was half read cannot be told from what was not.
class SocketStream : public std::iostream {
 public:
  // buffer_size: of each direction, in bytes; 0 writes through.
  explicit SocketStream(Socket&, std::size_t buffer_size = 8192);
  ~SocketStream() override;  // flushes, and swallows what goes wrong then: flush() first to know
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  // Flushes, throws what goes wrong, and lets go of the socket.
  void close();
  bool closed() const noexcept;
  bool would_block() const noexcept;
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
