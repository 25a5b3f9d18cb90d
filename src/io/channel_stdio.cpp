#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "io/channel.hpp"
#include "io/socket_calls.hpp"
#include "sock/error.hpp"

namespace sock::io {

namespace {

enum class Kind : std::uint8_t {
  closed,    // not open
  plain,     // never blocks for long: regular file, null device, directory
  waiting,   // pipe
  terminal,  // also the master side of one
  stream,    // sockets
  records,
  datagrams,
};

Kind kind_of(FdRef fd) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return Kind::closed;
  if (S_ISFIFO(status.st_mode)) return Kind::waiting;
  if (S_ISCHR(status.st_mode) && ::isatty(fd.get()) != 0) return Kind::terminal;
  if (!S_ISSOCK(status.st_mode)) return Kind::plain;
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    const int err = errno;
    throw_errno(err, "getsockopt", "fd " + std::to_string(fd.get()));
  }
  if (type == SOCK_STREAM) return Kind::stream;
  return type == SOCK_SEQPACKET ? Kind::records : Kind::datagrams;
}

bool is_socket(Kind kind) noexcept { return kind >= Kind::stream; }

// The other side of a terminal, as openpty(3) gives it: opening that again would make a new one.
bool is_master(FdRef fd) noexcept {
  unsigned number = 0;
  return ::ioctl(fd.get(), TIOCGPTN, &number) == 0;
}

// An open file of our own for the same pipe or terminal, non-blocking; none where that is refused
// (another user's terminal, a pipe without a reader).
Fd reopen(FdRef fd, int flags, int mode) noexcept {
  const int access = flags & O_ACCMODE;
  if (access != mode && access != O_RDWR) return Fd();
  const auto path = "/proc/self/fd/" + std::to_string(fd.get());
  // O_DIRECT: a pipe whose writes are packets stays one.
  return Fd(::open(path.c_str(), mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | (flags & O_DIRECT)));
}

// A descriptor that reads as the end.
Fd ended_input() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) {
    const int err = errno;
    throw_errno(err, "pipe");
  }
  ::close(fds[1]);
  return Fd(fds[0]);
}

Fd open_null() {
  Fd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!fd) {
    const int err = errno;
    throw_errno(err, "open", "/dev/null");
  }
  return fd;
}

std::string name_of(FdRef fd) {
  if (fd.get() == STDIN_FILENO) return "standard input";
  if (fd.get() == STDOUT_FILENO) return "standard output";
  return "fd " + std::to_string(fd.get());
}

// One borrowed descriptor, made fit for never waiting.
class Borrowed {
 public:
  // mode: O_RDONLY or O_WRONLY.
  Borrowed(FdRef fd, int mode) : kind(kind_of(fd)), name(name_of(fd)), original_(fd) {
    if (kind == Kind::closed && mode == O_RDONLY) own_ = ended_input();
    if (kind == Kind::waiting || kind == Kind::terminal) make_nonblocking(mode);
  }
  ~Borrowed() { put_back(); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

  FdRef original() const noexcept { return original_; }
  FdRef fd() const noexcept {
    if (own_) return own_;
    return kind == Kind::closed ? FdRef(-1) : original_;  // its number may be another's by now
  }

  bool master() const noexcept { return master_; }

  // Lets go of the open file for good; the numbers stay taken. `both`: also of the one that was
  // borrowed.
  void replace_by(FdRef null, bool both) {
    put_back();
    // What could not be opened again is watched under the borrowed number, and stays: its reader
    // sees the end when we do.
    if (!own_ && (kind == Kind::waiting || kind == Kind::terminal)) return;
    if (own_) replace(own_, null, O_CLOEXEC);
    if (!both) return;
    const int flags = ::fcntl(original_.get(), F_GETFD);
    replace(original_, null, (flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0);
  }

  const Kind kind;
  const std::string name;

 private:
  void make_nonblocking(int mode) {
    const int flags = ::fcntl(original_.get(), F_GETFL);
    master_ = kind == Kind::terminal && is_master(original_);
    if (!master_) own_ = reopen(original_, flags, mode);
    if (own_ || (flags & O_NONBLOCK) != 0) return;
    if (::fcntl(original_.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
      const int err = errno;
      throw_errno(err, "fcntl", name);
    }
    blocking_before_ = true;
  }

  void put_back() noexcept {
    if (!std::exchange(blocking_before_, false)) return;
    const int flags = ::fcntl(original_.get(), F_GETFL);
    if (flags != -1) ::fcntl(original_.get(), F_SETFL, flags & ~O_NONBLOCK);
  }

  void replace(FdRef fd, FdRef null, int flags) {
    if (::dup3(null.get(), fd.get(), flags) >= 0) return;
    const int err = errno;
    throw_errno(err, "close", name);
  }

  FdRef original_;
  Fd own_;
  bool master_ = false;
  bool blocking_before_ = false;
};

class StdioChannel final : public Channel {
 public:
  StdioChannel(FdRef in, FdRef out) : in_(in, O_RDONLY), out_(out, O_WRONLY) {
    // Now, for when it is needed files may be out of reach (a sandbox).
    if (out_.kind != Kind::closed && !is_socket(out_.kind)) null_ = open_null();
  }

  Attempt try_read(std::span<std::byte> room) override;
  Attempt try_write(std::span<const std::byte> data) override;
  bool try_finish() override;

  FdRef read_fd() const noexcept override { return in_.fd(); }
  FdRef write_fd() const noexcept override { return out_.fd(); }
  std::optional<FdRef> plain_fd(bool write) const noexcept override {
    const Borrowed& end = write ? out_ : in_;
    // Not a socket: it may be blocking, and its flags are shared.
    const bool plain = end.kind == Kind::plain || end.kind == Kind::waiting;
    return plain ? std::optional(end.fd()) : std::nullopt;
  }
  bool messages() const noexcept override {
    return in_.kind >= Kind::records || out_.kind >= Kind::records;
  }
  bool endless() const noexcept override { return in_.kind == Kind::datagrams; }
  bool terminal() const noexcept override { return in_.kind == Kind::terminal; }
  const std::string& name(bool write) const noexcept override {
    return write ? out_.name : in_.name;
  }

 private:
  Borrowed in_, out_;
  Fd null_;
  bool finished_ = false;
};

Attempt StdioChannel::try_read(std::span<std::byte> room) {
  switch (in_.kind) {
    case Kind::stream:
      return receive_stream(read_fd(), room, in_.name);
    case Kind::records:
      return receive_record(read_fd(), room, in_.name);
    case Kind::datagrams:
      return receive_datagram(read_fd(), room, in_.name);
    default:
      break;
  }
  for (;;) {
    const ssize_t n = ::read(read_fd().get(), room.data(), room.size());
    if (n > 0) return Attempt::moved(static_cast<std::size_t>(n));
    if (n == 0) return Attempt::end();
    const int err = errno;
    if (err == EAGAIN || err == EWOULDBLOCK) return Attempt::blocked();
    if (err == EIO && in_.master()) return Attempt::end();  // nobody has the terminal open
    if (err != EINTR) throw_errno(err, "read", in_.name);
  }
}

Attempt StdioChannel::try_write(std::span<const std::byte> data) {
  if (is_socket(out_.kind)) return send_to(write_fd(), data, out_.name);
  for (;;) {
    const ssize_t n = ::write(write_fd().get(), data.data(), data.size());
    if (n >= 0) return Attempt::moved(static_cast<std::size_t>(n));
    const int err = errno;
    if (err == EAGAIN || err == EWOULDBLOCK) return Attempt::blocked();
    if (err != EINTR) throw_errno(err, "write", out_.name);
  }
}

bool StdioChannel::try_finish() {
  if (std::exchange(finished_, true)) return true;
  if (is_socket(out_.kind)) {
    finish_sending(write_fd(), out_.name);
  } else if (null_) {
    // Where one descriptor is both, the input still needs it.
    out_.replace_by(null_, out_.original() != in_.original());
    null_.reset();
  }
  return true;
}

}  // namespace

std::unique_ptr<Channel> stdio_channel(FdRef in, FdRef out) {
  return std::make_unique<StdioChannel>(in, out);
}

}  // namespace sock::io
