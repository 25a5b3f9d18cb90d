// One socket: the methods that Python documents, and the one rule by which they wait.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sock/address.hpp"
#include "sock/error.hpp"
#include "sock/fd.hpp"
#include "sock/timeout.hpp"

namespace sock {

struct ControlMessage;
struct ReceivedMessage;
class SocketStream;

// The timeout of every socket made from now on; at first none. Python: socket.setdefaulttimeout.
Timeout getdefaulttimeout() noexcept;
void setdefaulttimeout(Timeout) noexcept;

// Called when a system call was interrupted by a signal, and after each partial send of sendall and
// sendfile. true: go on with what is left of the deadline; false: the call ends with
// InterruptedError and the socket stays usable. Null, as at first: always go on (PEP 475). Returns
// the one before.
using InterruptHandler = bool (*)() noexcept;
InterruptHandler set_interrupt_handler(InterruptHandler) noexcept;

// Move-only owner of a socket. Its timeout says how calls wait:
//   none: the system call, nothing else.
//   0:    the same on a non-blocking descriptor; "would block" is BlockingIOError.
//   > 0:  the call returns within that time of its start, or throws TimeoutError; signals and
//         false wake-ups do not lengthen it.
// Every call may throw Error with the errno of its system call; on a closed socket that is EBADF.
// Another thread may close the socket or set its timeout during a call: both are read once, at the
// start. (Making streams with makefile() is not for several threads.) Sends never raise SIGPIPE.
class Socket {
 public:
  // socket(2), always close-on-exec. -1 means the default. SOCK_NONBLOCK in type: timeout 0.
  explicit Socket(int family = AF_INET, int type = SOCK_STREAM, int proto = 0);
  // Adopts a descriptor. What is -1 is found out from it (getsockname or SO_DOMAIN, SO_TYPE,
  // SO_PROTOCOL); what is given is believed. SOCK_NONBLOCK in type: timeout 0. fd below 0:
  // std::invalid_argument. A failed adoption leaves the descriptor open.
  static Socket from_fd(int fd, int family = -1, int type = -1, int proto = -1);
  Socket(Socket&&) noexcept;
  Socket& operator=(Socket&&) noexcept;
  ~Socket();  // closes, silently

  int fileno() const noexcept { return fd_.load(std::memory_order_relaxed); }
  operator FdRef() const noexcept { return FdRef(fileno()); }
  int family() const noexcept { return family_; }
  int type() const noexcept { return type_; }  // without SOCK_NONBLOCK and SOCK_CLOEXEC
  int proto() const noexcept { return proto_; }

  // Twice is fine. ECONNRESET is not an error; EINTR is not retried.
  void close();
  int detach() noexcept;  // the descriptor, left open; -1 if closed
  Socket dup() const;     // same family, type, protocol and timeout

  // none makes the descriptor blocking, any number non-blocking (O_NONBLOCK).
  void settimeout(Timeout);
  Timeout gettimeout() const noexcept { return timeout_.load(std::memory_order_relaxed); }
  void setblocking(bool blocking);
  bool getblocking() const noexcept { return !gettimeout().nonblocking(); }
  bool get_inheritable() const { return sock::get_inheritable(*this); }
  void set_inheritable(bool inheritable) { sock::set_inheritable(*this, inheritable); }

  void bind(const Address&);
  void bind(std::string_view host, int port);  // Address::resolve in our family
  // Negative is 0; none: min(SOMAXCONN, 128).
  void listen(std::optional<int> backlog = {});
  // The new socket has the default timeout; without one it is blocking, whatever ours is.
  std::pair<Socket, Address> accept();
  void connect(const Address&);
  void connect(std::string_view host, int port);
  // 0 or the errno: EAGAIN for a timeout, EBADF when closed. Look-ups still throw.
  int connect_ex(const Address&);
  int connect_ex(std::string_view host, int port);
  void shutdown(int how);  // SHUT_RD, SHUT_WR, SHUT_RDWR
  Address getsockname() const;
  Address getpeername() const;

  // "" or 0 at the end of the stream, and, without a system call, when 0 bytes are asked for.
  std::string recv(std::size_t bufsize, int flags = 0);
  // nbytes 0: the whole buffer; more than the buffer: std::invalid_argument.
  std::size_t recv_into(std::span<std::byte> buffer, std::size_t nbytes = 0, int flags = 0);
  // Always asks the system, also for 0 bytes. A sender without an address: an empty Address.
  std::pair<std::string, Address> recvfrom(std::size_t bufsize, int flags = 0);
  std::pair<std::size_t, Address> recvfrom_into(std::span<std::byte> buffer, std::size_t nbytes = 0,
                                                int flags = 0);
  // As much as the system takes at once.
  std::size_t send(std::span<const std::byte> data, int flags = 0);
  std::size_t send(std::string_view data, int flags = 0) { return send(bytes(data), flags); }
  // All of it, under one deadline; also for no bytes one system call. Error::transferred() says
  // how much had gone.
  void sendall(std::span<const std::byte> data, int flags = 0);
  void sendall(std::string_view data, int flags = 0) { sendall(bytes(data), flags); }
  std::size_t sendto(std::span<const std::byte> data, const Address&, int flags = 0);
  std::size_t sendto(std::string_view data, const Address& to, int flags = 0) {
    return sendto(bytes(data), to, flags);
  }
  std::size_t sendto(std::span<const std::byte> data, std::string_view host, int port,
                     int flags = 0);  // Address::resolve in our family
  std::size_t sendto(std::string_view data, std::string_view host, int port, int flags = 0) {
    return sendto(bytes(data), host, port, flags);
  }

  // Defined with <sock/message.hpp>. Gather: the buffers are sent as one message; returns how much
  // of it went. Items too large: Error (Errc::ancillary_too_large, ancillary_too_much).
  std::size_t sendmsg(std::span<const iovec> buffers, std::span<const ControlMessage> control = {},
                      int flags = 0, const Address* to = nullptr);
  // control_size: room for ancillary data in bytes (cmsg_space of each item); above INT_MAX:
  // std::invalid_argument. If the result cannot be built, descriptors that came are closed.
  ReceivedMessage recvmsg(std::size_t bufsize, std::size_t control_size = 0, int flags = 0);
  // Scatter: the buffers are filled in turn.
  ReceivedMessage recvmsg_into(std::span<const iovec> buffers, std::size_t control_size = 0,
                               int flags = 0);
  // Defined with <sock/stream.hpp>.
  std::uint64_t sendfile(FdRef file, std::uint64_t offset = 0,
                         std::optional<std::uint64_t> count = {});
  std::unique_ptr<SocketStream> makefile(std::size_t buffer_size = 8192);

  // The options of level AF_VSOCK are 64 bits wide, all others an int: outside it
  // std::out_of_range.
  std::int64_t getsockopt(int level, int option) const;
  // 1..1024 bytes, cut to what the system wrote; else Error (Errc::option_length).
  std::string getsockopt(int level, int option, std::size_t length) const;
  void setsockopt(int level, int option, std::int64_t value);
  void setsockopt(int level, int option, std::span<const std::byte> value);
  void setsockopt(int level, int option, std::string_view value) {
    setsockopt(level, option, bytes(value));
  }
  // A null pointer with that length, as some options of AF_ALG and AF_PACKET want.
  void setsockopt(int level, int option, std::nullptr_t, socklen_t length);

  // For event loops: one system call that never waits (MSG_DONTWAIT; accept: O_NONBLOCK must be
  // set). Empty: would block. 0 from try_recv: end of the stream.
  [[nodiscard]] std::optional<std::size_t> try_recv(std::span<std::byte> buffer, int flags = 0);
  [[nodiscard]] std::optional<std::size_t> try_send(std::span<const std::byte>, int flags = 0);
  [[nodiscard]] std::optional<std::pair<Socket, Address>> try_accept();

  static std::span<const std::byte> bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span(text.data(), text.size()));
  }

 private:
  friend class SocketStream;
  friend std::pair<Socket, Socket> socketpair(int family, int type, int proto);
  struct Lease;  // keeps the descriptor for streams that outlive close()

  Socket(Fd, int family, int type, int proto, Timeout) noexcept;
  // A new descriptor with the process's default timeout.
  static Socket adopt_new(Fd, int family, int type, int proto);
  std::shared_ptr<Lease> lease();  // one hold on it, let go with the pointer
  int send_flags(int flags) const noexcept { return flags | no_signal_; }
  // What is not a plain success: `err` is the errno of the first try, 0 when none was made.
  std::size_t recv_waiting(int fd, Timeout, std::span<std::byte>, int flags, int err);
  std::size_t send_waiting(int fd, Timeout, std::span<const std::byte>, int flags, int err);

  std::atomic<int> fd_{-1};
  int family_ = AF_UNSPEC;
  int type_ = 0;
  int proto_ = 0;
  int no_signal_ = 0;  // MSG_NOSIGNAL where a send could raise SIGPIPE
  std::atomic<Timeout> timeout_;
  std::shared_ptr<Lease> lease_;
};

// The hot path: with no timeout one system call and nothing else. Whatever is not a plain success
// goes to the waiting rule, out of line.
inline std::size_t Socket::recv_into(std::span<std::byte> buffer, std::size_t nbytes, int flags) {
  if (nbytes > buffer.size())
    throw std::invalid_argument("nbytes is greater than the length of the buffer");
  if (nbytes != 0) buffer = buffer.first(nbytes);
  if (buffer.empty()) return 0;
  const int fd = fileno();
  const Timeout timeout = gettimeout();
  if (timeout.timed()) return recv_waiting(fd, timeout, buffer, flags, 0);
  const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), flags);
  if (n < 0) [[unlikely]]
    return recv_waiting(fd, timeout, buffer, flags, errno);
  return static_cast<std::size_t>(n);
}

inline std::size_t Socket::send(std::span<const std::byte> data, int flags) {
  const int fd = fileno();
  const Timeout timeout = gettimeout();
  if (timeout.timed()) return send_waiting(fd, timeout, data, flags, 0);
  const ssize_t n = ::send(fd, data.data(), data.size(), send_flags(flags));
  if (n < 0) [[unlikely]]
    return send_waiting(fd, timeout, data, flags, errno);
  return static_cast<std::size_t>(n);
}

}  // namespace sock
