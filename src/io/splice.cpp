#include "io/splice.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sock::io {

namespace {

using Kind = Spliced::Kind;

enum class End : std::uint8_t { file, pipe, socket, tcp, null_device, other };

bool option_is(FdRef fd, int option, int wanted) noexcept {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd.get(), SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

End end_of(FdRef fd) noexcept {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return End::other;
  if (S_ISREG(status.st_mode)) return End::file;
  if (S_ISFIFO(status.st_mode)) return End::pipe;
  if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) return End::null_device;
  if (!S_ISSOCK(status.st_mode)) return End::other;
  return option_is(fd, SO_PROTOCOL, IPPROTO_TCP) ? End::tcp : End::socket;
}

bool is_socket(End end) noexcept { return end == End::socket || end == End::tcp; }

bool appends(FdRef fd) noexcept { return (::fcntl(fd.get(), F_GETFL) & O_APPEND) != 0; }

// One that is open for reading only refuses what is written to it, and so must we.
bool takes_writes(FdRef fd) noexcept {
  return (::fcntl(fd.get(), F_GETFL) & O_ACCMODE) != O_RDONLY;
}

bool ready(FdRef fd, short events) noexcept {
  pollfd p{fd.get(), events, 0};
  return ::poll(&p, 1, 0) > 0;
}

// What the kernel says of a pair of descriptors, before anything moved, that it cannot serve.
bool refuses(int err) noexcept {
  return err == EINVAL || err == ENOSYS || err == EOPNOTSUPP || err == EPERM || err == ESPIPE;
}

template <class Call>
ssize_t uninterrupted(Call call) noexcept {
  for (;;) {
    const ssize_t n = call();
    if (n >= 0 || errno != EINTR) return n;
  }
}

ssize_t splice_once(FdRef from, FdRef to, std::size_t most) noexcept {
  return uninterrupted([&] {
    return ::splice(from.get(), nullptr, to.get(), nullptr, most,
                    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  });
}

// sendfile: the file's own position moves along, as it does in a read.
class FromFile final : public Splice {
 public:
  FromFile(FdRef from, FdRef to) : from_(from), to_(to) {}

  Spliced move(std::size_t most) override {
    const ssize_t n =
        uninterrupted([&] { return ::sendfile(to_.get(), from_.get(), nullptr, most); });
    // Short is no sign of the file's end: the sink may have had no more room.
    if (n > 0) return {Kind::moved, static_cast<std::size_t>(n)};
    if (n == 0) return {Kind::end};
    const int err = errno;
    if (err == EAGAIN) return {Kind::sink_blocked};
    if (refuses(err)) return {Kind::unsupported};
    return {err == EIO ? Kind::source_failed : Kind::sink_failed, 0, err};
  }

 private:
  FdRef from_, to_;
};

// One splice: a pipe is at one end.
class Direct final : public Splice {
 public:
  Direct(FdRef from, End from_end, FdRef to) : from_(from), to_(to), from_end_(from_end) {}

  Spliced move(std::size_t most) override {
    const ssize_t n = splice_once(from_, to_, most);
    if (n > 0) {
      const auto bytes = static_cast<std::size_t>(n);
      // To ask again would most often be in vain, and then cost two calls: what is there by now
      // ends the wait at once. A pipe's writer had rather be let go on until the pipe is full.
      return {bytes == most ? Kind::moved : Kind::short_, bytes};
    }
    if (n == 0) return {Kind::end};
    const int err = errno;
    // EAGAIN does not say which side: ask the source. If it has more by now the sink will be found
    // to have room, or not.
    if (err == EAGAIN) return {ready(from_, POLLIN) ? Kind::sink_blocked : Kind::source_blocked};
    if (refuses(err)) return {Kind::unsupported};
    const bool source = is_socket(from_end_) && err != EPIPE;
    return {source ? Kind::source_failed : Kind::sink_failed, 0, err};
  }

 private:
  FdRef from_, to_;
  End from_end_;
};

// Two splices, with a pipe between two ends that are none. It has one only while bytes are in it:
// of many conversations few have at a time.
class ThroughPipe final : public Splice {
  static constexpr std::size_t much = 64 * 1024;

 public:
  ThroughPipe(FdRef from, FdRef to) : from_(from), to_(to) {}

  Spliced move(std::size_t most) override {
    if (!pipe_.reader) pipe_ = PipePool::instance().take();
    if (!pipe_.reader) return {Kind::unsupported};
    const Spliced moved = move_through(most);
    if (held_ == 0) PipePool::instance().give(std::move(pipe_));
    return moved;
  }

  std::size_t held() const noexcept override { return held_; }

  std::size_t take(std::span<std::byte> room) override {
    if (held_ == 0) return 0;
    const ssize_t n = uninterrupted(
        [&] { return ::read(pipe_.reader.get(), room.data(), std::min(room.size(), held_)); });
    if (n <= 0) return 0;
    held_ -= static_cast<std::size_t>(n);
    if (held_ == 0) PipePool::instance().give(std::move(pipe_));
    return static_cast<std::size_t>(n);
  }

 private:
  Spliced move_through(std::size_t most) {
    const std::size_t before = held_;
    if (held_ == 0) {
      const ssize_t n = splice_once(from_, pipe_.writer, most);
      if (n == 0) return {Kind::end};
      if (n < 0) {
        const int err = errno;
        if (err == EAGAIN) return {Kind::source_blocked};
        if (refuses(err)) return {Kind::unsupported};
        return {Kind::source_failed, 0, err};
      }
      held_ = static_cast<std::size_t>(n);
      // What comes while this much is passed on is worth a call more than the wait.
      drained_ = held_ < std::min(most, much);
    }
    const std::size_t taken = held_ - before;
    const ssize_t n = splice_once(pipe_.reader, to_, held_);
    if (n < 0) {
      const int err = errno;
      const auto kind = err == EAGAIN  ? Kind::sink_blocked
                        : refuses(err) ? Kind::unsupported
                                       : Kind::sink_failed;
      return {kind, taken, kind == Kind::sink_failed ? err : 0};
    }
    held_ -= static_cast<std::size_t>(n);
    if (held_ != 0) return {Kind::sink_blocked, taken};
    return {drained_ ? Kind::source_blocked : Kind::moved, taken};
  }

  FdRef from_, to_;
  Pipe pipe_;
  std::size_t held_ = 0;
  bool drained_ = false;
};

// Nobody will look at the bytes: TCP throws them away without a copy (tcp(7), MSG_TRUNC).
class Drop final : public Splice {
 public:
  explicit Drop(FdRef from) : from_(from) {}

  Spliced move(std::size_t most) override {
    const ssize_t n =
        uninterrupted([&] { return ::recv(from_.get(), nullptr, most, MSG_TRUNC | MSG_DONTWAIT); });
    if (n > 0) {
      const auto bytes = static_cast<std::size_t>(n);
      return {bytes < most ? Kind::source_blocked : Kind::moved, bytes};
    }
    if (n == 0) return {Kind::end};
    const int err = errno;
    if (err == EAGAIN) return {Kind::source_blocked};
    return {Kind::source_failed, 0, err};
  }

 private:
  FdRef from_;
};

}  // namespace

std::unique_ptr<Splice> Splice::between(FdRef from, FdRef to) {
  const End source = end_of(from);
  const End sink = end_of(to);
  if (source == End::pipe) enlarge_pipe(from);
  if (sink == End::pipe) enlarge_pipe(to);

  if (source == End::tcp && sink == End::null_device && takes_writes(to))
    return std::make_unique<Drop>(from);
  if (source == End::file && (is_socket(sink) || sink == End::pipe))
    return std::make_unique<FromFile>(from, to);
  if (sink == End::file && appends(to)) return nullptr;
  const bool plain_sink = is_socket(sink) || sink == End::pipe || sink == End::file;
  if ((source == End::pipe && plain_sink) || (is_socket(source) && sink == End::pipe))
    return std::make_unique<Direct>(from, source, to);
  if (is_socket(source) && plain_sink) return std::make_unique<ThroughPipe>(from, to);
  return nullptr;
}

bool worth_splicing(std::size_t read) noexcept { return read >= 32 * 1024; }

bool worth_splicing_from_start(FdRef from) noexcept {
  struct stat status {};
  return ::fstat(from.get(), &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size >= 64 * 1024;
}

}  // namespace sock::io
