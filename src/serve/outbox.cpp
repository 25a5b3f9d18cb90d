#include "serve/outbox.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace sock::serve {

namespace {

struct Tried {
  std::size_t bytes = 0;
  bool blocked = false;
  int error = 0;
};

Tried try_send(FdRef fd, const void* data, std::size_t size) noexcept {
  for (;;) {
    const ssize_t n = ::send(fd.get(), data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return {static_cast<std::size_t>(n), static_cast<std::size_t>(n) < size, 0};
    const int err = errno;
    if (err == EAGAIN || err == EWOULDBLOCK) return {0, true, 0};
    if (err != EINTR) return {0, false, err};
  }
}

}  // namespace

int Outbox::send(FdRef fd, std::span<const std::byte> data) {
  Tried tried{0, true, 0};
  if (empty()) tried = try_send(fd, data.data(), data.size());
  if (tried.error != 0) return tried.error;
  sent_ += tried.bytes;
  if (tried.blocked) {
    const auto rest = data.subspan(tried.bytes);
    keep(std::make_shared<const std::string>(reinterpret_cast<const char*>(rest.data()),
                                             rest.size()),
         0);
  }
  return 0;
}

int Outbox::send(FdRef fd, const Chunk& chunk) {
  Tried tried{0, true, 0};
  if (empty()) tried = try_send(fd, chunk->data(), chunk->size());
  if (tried.error != 0) return tried.error;
  sent_ += tried.bytes;
  if (tried.blocked) keep(chunk, tried.bytes);
  return 0;
}

void Outbox::keep(Chunk chunk, std::size_t from) {
  if (empty()) offset_ = from;
  size_ += chunk->size() - from;
  chunks_.push_back(std::move(chunk));
}

int Outbox::flush(FdRef fd) {
  while (first_ < chunks_.size()) {
    const std::string& chunk = *chunks_[first_];
    const Tried tried = try_send(fd, chunk.data() + offset_, chunk.size() - offset_);
    if (tried.error != 0) return tried.error;
    sent_ += tried.bytes;
    size_ -= tried.bytes;
    offset_ += tried.bytes;
    if (tried.blocked) {
      // What was sent is let go; rarely, so that a long queue is not moved for each chunk.
      if (first_ >= 64 && first_ * 2 >= chunks_.size()) {
        chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
      }
      return 0;
    }
    chunks_[first_++].reset();
    offset_ = 0;
  }
  chunks_ = {};
  first_ = 0;
  return 0;
}

}  // namespace sock::serve
