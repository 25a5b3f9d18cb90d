#include "sock/stream.hpp"

#include <poll.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <streambuf>
#include <utility>
#include <vector>

#include "sock/lease.hpp"
#include "sock/waiting.hpp"

namespace sock {

class SocketStream::Buffer : public std::streambuf {
 public:
  Buffer(std::shared_ptr<Socket::Lease> lease, int send_flags, std::size_t size)
      : lease_(std::move(lease)),
        send_flags_(send_flags),
        size_(size),
        in_(std::max<std::size_t>(size, 1)),  // a streambuf reads at least one character ahead
        out_(size) {
    place_pending(0);
  }

  int fd() const noexcept { return lease_ ? lease_->fd.load() : -1; }
  bool released() const noexcept { return !lease_; }
  bool would_block() const noexcept { return would_block_; }
  std::size_t pending() const noexcept { return static_cast<std::size_t>(pptr() - pbase()); }
  void release() noexcept {
    lease_.reset();
    setg(nullptr, nullptr, nullptr);
    size_ = 0;
    out_.clear();
    place_pending(0);
  }

 protected:
  int_type underflow() override;
  std::streamsize xsgetn(char* to, std::streamsize size) override;
  std::streamsize showmanyc() override;
  int_type overflow(int_type c) override;
  std::streamsize xsputn(const char* from, std::streamsize size) override;
  int sync() override;

 private:
  std::size_t receive(char* to, std::size_t size, int flags = 0);
  std::size_t fill(int flags = 0);
  std::size_t send(const char* from, std::size_t size, std::size_t sent_before);
  void send_pending();
  void keep(const char* from, std::size_t size);
  void place_pending(std::size_t used) noexcept;
  Timeout timeout() const noexcept { return lease_ ? lease_->timeout.load() : Timeout(); }

  std::shared_ptr<Socket::Lease> lease_;  // null once closed
  int send_flags_;
  std::size_t size_;
  std::vector<char> in_;
  std::vector<char> out_;  // above size_ only while a non-blocking socket takes no more
  bool would_block_ = false;
  bool timed_out_ = false;
};

// One receive. 0: the end of the stream, or would_block_.
std::size_t SocketStream::Buffer::receive(char* to, std::size_t size, int flags) {
  const int descriptor = fd();
  if (timed_out_) throw_error(Errc::timed_out_stream, "read", detail::subject_of(descriptor));
  const Timeout limit = flags & MSG_DONTWAIT ? Timeout(std::chrono::seconds(0)) : timeout();
  detail::Patience patience(limit);
  try {
    return detail::call_waiting(descriptor, POLLIN, patience, "read", [&](int extra) -> ssize_t {
      const ssize_t n = ::recv(descriptor, to, size, flags | extra);
      would_block_ = n < 0 && errno == EAGAIN && limit.nonblocking();
      return would_block_ ? 0 : n;
    });
  } catch (const TimeoutError&) {
    timed_out_ = true;
    throw;
  }
}

// One send. 0: would_block_.
std::size_t SocketStream::Buffer::send(const char* from, std::size_t size,
                                       std::size_t sent_before) {
  const int descriptor = fd();
  const Timeout limit = timeout();
  detail::Patience patience(limit);
  const auto call = [&](int extra) -> ssize_t {
    const ssize_t n = ::send(descriptor, from, size, send_flags_ | extra);
    would_block_ = n < 0 && errno == EAGAIN && limit.nonblocking();
    return would_block_ ? 0 : n;
  };
  return detail::call_waiting(descriptor, POLLOUT, patience, "write", call, 0, sent_before);
}

std::size_t SocketStream::Buffer::fill(int flags) {
  const std::size_t n = receive(in_.data(), in_.size(), flags);
  setg(in_.data(), in_.data(), in_.data() + n);
  return n;
}

SocketStream::Buffer::int_type SocketStream::Buffer::underflow() {
  return fill() == 0 ? traits_type::eof() : traits_type::to_int_type(*gptr());
}

std::streamsize SocketStream::Buffer::xsgetn(char* to, std::streamsize size) {
  std::size_t left = static_cast<std::size_t>(size);
  while (left != 0) {
    std::size_t n = static_cast<std::size_t>(egptr() - gptr());
    if (n != 0) {
      n = std::min(n, left);
      std::memcpy(to, gptr(), n);
      setg(eback(), gptr() + n, egptr());
    } else if (left < in_.size()) {
      if (fill() == 0) break;
    } else {
      n = receive(to, left);
      if (n == 0) break;
      in_.front() = to[n - 1];  // for unget()
      setg(in_.data(), in_.data() + 1, in_.data() + 1);
    }
    to += n;
    left -= n;
  }
  return size - static_cast<std::streamsize>(left);
}

// What readsome() may take: it never waits, in any mode.
std::streamsize SocketStream::Buffer::showmanyc() {
  const std::size_t n = fill(MSG_DONTWAIT);
  return n == 0 && !would_block_ ? -1 : static_cast<std::streamsize>(n);
}

SocketStream::Buffer::int_type SocketStream::Buffer::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) {
    send_pending();
  } else {
    const char one = traits_type::to_char_type(c);
    xsputn(&one, 1);
  }
  return traits_type::not_eof(c);
}

std::streamsize SocketStream::Buffer::xsputn(const char* from, std::streamsize size) {
  std::size_t left = static_cast<std::size_t>(size);
  if (left > static_cast<std::size_t>(epptr() - pptr())) {
    send_pending();
    if (pending() == 0 && left >= size_) {
      while (left != 0) {
        const std::size_t n = send(from, left, static_cast<std::size_t>(size) - left);
        if (n == 0) break;
        from += n;
        left -= n;
      }
    }
  }
  keep(from, left);
  return size;
}

int SocketStream::Buffer::sync() {
  send_pending();
  return 0;
}

// However it ends, what was sent is no longer pending.
void SocketStream::Buffer::send_pending() {
  std::size_t sent = 0;
  while (const std::size_t size = pending()) {
    const std::size_t n = send(pbase(), size, sent);
    if (n == 0) return;
    std::memmove(pbase(), pbase() + n, size - n);
    place_pending(size - n);
    sent += n;
  }
  out_.resize(size_);
  place_pending(0);
}

void SocketStream::Buffer::keep(const char* from, std::size_t size) {
  if (size == 0) return;
  const std::size_t used = pending();
  if (used + size > out_.size()) {
    out_.resize(std::max(2 * out_.size(), used + size));
    place_pending(used);
  }
  std::memcpy(pptr(), from, size);
  place_pending(used + size);
}

void SocketStream::Buffer::place_pending(std::size_t used) noexcept {
  setp(out_.data(), out_.data() + out_.size());
  for (; used > INT_MAX; used -= INT_MAX) pbump(INT_MAX);
  pbump(static_cast<int>(used));
}

SocketStream::SocketStream(Socket& socket, std::size_t buffer_size)
    : std::iostream(nullptr),
      buffer_(std::make_unique<Buffer>(socket.lease(), socket.send_flags(0), buffer_size)) {
  rdbuf(buffer_.get());
  exceptions(badbit);  // lets what the buffer throws out of the operations
}

SocketStream::~SocketStream() {
  if (closed() || bad()) return;  // what failed once is not waited for again
  try {
    buffer_->pubsync();
  } catch (...) {
  }
}

void SocketStream::close() {
  if (closed()) return;
  try {
    buffer_->pubsync();
    if (buffer_->pending() != 0) throw_errno(EAGAIN, "close", detail::subject_of(fileno()));
  } catch (...) {
    buffer_->release();
    throw;
  }
  buffer_->release();
}

bool SocketStream::closed() const noexcept { return buffer_->released(); }
int SocketStream::fileno() const noexcept { return buffer_->fd(); }

bool SocketStream::would_block() noexcept {
  if (!buffer_->would_block()) return false;
  if (!bad()) clear();
  return true;
}

std::unique_ptr<SocketStream> Socket::makefile(std::size_t buffer_size) {
  return std::make_unique<SocketStream>(*this, buffer_size);
}

}  // namespace sock
