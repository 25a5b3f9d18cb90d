#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "io/pair.hpp"
#include "sock/error.hpp"

namespace sock::io {

namespace {

void set_nonblocking(FdRef fd, const std::string& name) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags != -1 && ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) == 0) return;
  const int err = errno;
  throw_errno(err, "set non-blocking", name);
}

class PipeChannel final : public Channel {
 public:
  PipeChannel(Pipe pipe, std::string name)
      : pipe_(std::move(pipe)),
        name_(std::move(name)),
        null_(::open("/dev/null", O_RDWR | O_CLOEXEC)) {
    if (!null_) {
      const int err = errno;
      throw_errno(err, "open", "/dev/null");
    }
    set_nonblocking(pipe_.reader, name_);
    set_nonblocking(pipe_.writer, name_);
  }

  Attempt try_read(std::span<std::byte> room) override {
    for (;;) {
      const ssize_t n = ::read(pipe_.reader.get(), room.data(), room.size());
      if (n > 0) return Attempt::moved(static_cast<std::size_t>(n));
      if (n == 0) return Attempt::end();
      const int err = errno;
      if (err == EAGAIN) return Attempt::blocked();
      if (err != EINTR) throw_errno(err, "read", name_);
    }
  }

  Attempt try_write(std::span<const std::byte> data) override {
    for (;;) {
      const ssize_t n = ::write(pipe_.writer.get(), data.data(), data.size());
      if (n >= 0) return Attempt::moved(static_cast<std::size_t>(n));
      const int err = errno;
      if (err == EAGAIN) return Attempt::blocked();
      if (err != EINTR) throw_errno(err, "write", name_);
    }
  }

  bool try_finish() override {
    // Not closed: somebody may watch the descriptor.
    if (::dup3(null_.get(), pipe_.writer.get(), O_CLOEXEC) >= 0) return true;
    const int err = errno;
    throw_errno(err, "close", name_);
  }

  FdRef read_fd() const noexcept override { return pipe_.reader; }
  FdRef write_fd() const noexcept override { return pipe_.writer; }
  std::optional<FdRef> plain_fd(bool write) const noexcept override {
    return write ? pipe_.writer : pipe_.reader;
  }
  const std::string& name(bool) const noexcept override { return name_; }

 private:
  Pipe pipe_;
  std::string name_;
  Fd null_;
};

}  // namespace

std::unique_ptr<Channel> pipe_channel(Pipe pipe, std::string name) {
  return std::make_unique<PipeChannel>(std::move(pipe), std::move(name));
}

}  // namespace sock::io
