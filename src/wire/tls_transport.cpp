#include "wire/tls_transport.hpp"

#include <new>
#include <span>

#include "wire/tls_library.hpp"

namespace sock::wire {

namespace {

using tls::openssl;

// A peer that makes us answer (key updates) and never reads the answers gets no more of them.
constexpr std::size_t most_collected = 1024 * 1024;

int blocked(BIO* bio, int direction) noexcept {
  openssl().BIO_set_flags(bio, direction | BIO_FLAGS_SHOULD_RETRY);
  return -1;
}

void clear_retry(BIO* bio) noexcept {
  openssl().BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
}

}  // namespace

const bio_method_st* TlsTransport::method() {
  static const BIO_METHOD* const method = [] {
    const tls::Functions& ssl = openssl();
    BIO_METHOD* made =
        ssl.BIO_meth_new(ssl.BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "a channel of sock");
    if (made == nullptr) throw std::bad_alloc();
    ssl.BIO_meth_set_read_ex(made, read);
    ssl.BIO_meth_set_write_ex(made, write);
    ssl.BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

bio_st* TlsTransport::make_bio() {
  const tls::Functions& ssl = openssl();
  BIO* const bio = ssl.BIO_new(method());
  if (bio == nullptr) throw std::bad_alloc();
  ssl.BIO_set_data(bio, this);
  ssl.BIO_set_init(bio, 1);
  return bio;
}

int TlsTransport::read(bio_st* bio, char* data, std::size_t size, std::size_t* got) noexcept {
  auto& self = *static_cast<TlsTransport*>(openssl().BIO_get_data(bio));
  clear_retry(bio);
  *got = 0;
  if (self.ended_) return 0;
  if (self.messages_ && self.fair_reads_-- <= 0 && !self.channel_->pending()) self.drained_ = true;
  if (self.drained_) return blocked(bio, BIO_FLAGS_READ);
  try {
    const io::Attempt attempt =
        self.channel_->try_read(std::as_writable_bytes(std::span(data, size)));
    switch (attempt.kind) {
      case io::Attempt::Kind::end:
        self.ended_ = true;
        return 0;
      case io::Attempt::Kind::blocked:
        self.drained_ = true;
        return blocked(bio, BIO_FLAGS_READ);
      case io::Attempt::Kind::moved:
        break;
    }
    *got = attempt.bytes;
    self.drained_ = !self.messages_ && attempt.bytes < size && !self.channel_->pending();
    return 1;
  } catch (...) {
    self.failure_ = std::current_exception();
    return -1;
  }
}

int TlsTransport::write(bio_st* bio, const char* data, std::size_t size,
                        std::size_t* taken) noexcept {
  auto& self = *static_cast<TlsTransport*>(openssl().BIO_get_data(bio));
  clear_retry(bio);
  *taken = 0;
  if (self.collected_.size() >= most_collected) return blocked(bio, BIO_FLAGS_WRITE);
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    if (self.messages_) {
      self.refused_ = self.channel_->try_write(bytes).kind != io::Attempt::Kind::moved;
      if (self.refused_) return blocked(bio, BIO_FLAGS_WRITE);
      *taken = size;
      return 1;
    }
    self.collected_.insert(self.collected_.end(), bytes.begin(), bytes.end());
  } catch (...) {
    self.failure_ = std::current_exception();
    return -1;
  }
  *taken = size;
  return 1;
}

long TlsTransport::control(bio_st* bio, int command, long, void*) noexcept {
  const auto& self = *static_cast<const TlsTransport*>(openssl().BIO_get_data(bio));
  if (command == BIO_CTRL_FLUSH) return 1;  // flush() comes when it is due
  return command == BIO_CTRL_EOF && self.ended_ ? 1 : 0;
}

bool TlsTransport::flush() {
  while (head_ != collected_.size()) {
    const auto attempt = channel_->try_write(std::span(collected_).subspan(head_));
    if (attempt.kind != io::Attempt::Kind::moved) return false;
    head_ += attempt.bytes;
  }
  collected_.clear();
  head_ = 0;
  return true;
}

}  // namespace sock::wire
