// File descriptors: Fd owns one, FdRef borrows one. Whichever it is shows in the type.
#pragma once

#include <utility>

namespace sock {

// A descriptor that somebody else closes.
class FdRef {
 public:
  constexpr explicit FdRef(int fd) noexcept : fd_(fd) {}
  constexpr int get() const noexcept { return fd_; }
  friend constexpr bool operator==(FdRef, FdRef) noexcept = default;

 private:
  int fd_;
};

// Closes its descriptor once. close(2)'s EINTR is not retried: on Linux the descriptor is gone.
class Fd {
 public:
  constexpr Fd() noexcept = default;
  constexpr explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }
  operator FdRef() const noexcept { return FdRef(fd_); }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

// A new descriptor for the same open file, not inherited by programs that are run
// (F_DUPFD_CLOEXEC). Throws Error.
[[nodiscard]] Fd dup(FdRef);

// Python: os.get_inheritable, os.set_inheritable (FD_CLOEXEC). Throw Error.
bool get_inheritable(FdRef);
void set_inheritable(FdRef, bool);

// Python: socket.close(fd), for a bare descriptor. ECONNRESET is not an error. Throws Error.
void close(int fd);

}  // namespace sock
