#include "wire/tls_transport.hpp"

#include <algorithm>
#include <new>
#include <span>

#include "wire/tls_library.hpp"

namespace sock::wire {

namespace {

using tls::openssl;

// BIO_CTRL_SET_KTLS, which is in none of OpenSSL's public headers: here are keys for the kernel, in
// the form of linux/tls.h, of what is read (0) or written from now on.
constexpr int set_kernel_keys = 72;

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

io::Attempt TlsTransport::read_ahead(std::span<std::byte> room) {
  if (messages_) return channel_->try_read(room);
  if (ahead_.empty()) {
    const auto whole = ahead_.room();
    const io::Attempt attempt = channel_->try_read(whole);
    ahead_.filled(attempt.bytes);
    if (attempt.kind != io::Attempt::Kind::moved) return attempt;
    drained_ = attempt.bytes < whole.size() && !channel_->pending();
  }
  const auto given = ahead_.held().first(std::min(room.size(), ahead_.held().size()));
  std::copy(given.begin(), given.end(), room.begin());
  ahead_.drained(given.size());
  return io::Attempt::moved(given.size());
}

int TlsTransport::read(bio_st* bio, char* data, std::size_t size, std::size_t* got) noexcept {
  auto& self = *static_cast<TlsTransport*>(openssl().BIO_get_data(bio));
  clear_retry(bio);
  *got = 0;
  if (self.ended_) return 0;
  if (self.messages_ && self.fair_reads_-- <= 0 && !self.channel_->pending()) self.drained_ = true;
  if (self.drained_ && !self.has_more()) return blocked(bio, BIO_FLAGS_READ);
  try {
    const io::Attempt attempt = self.read_ahead(std::as_writable_bytes(std::span(data, size)));
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
  if (self.muted_) {
    *taken = size;
    return 1;
  }
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    if (self.messages_) {
      self.refused_ = self.channel_->try_write(bytes).kind != io::Attempt::Kind::moved;
      if (self.refused_) return blocked(bio, BIO_FLAGS_WRITE);
      *taken = size;
      return 1;
    }
    *taken = self.collected_.append(bytes);
    if (self.keys_) self.keys_->sent(bytes.first(*taken));
  } catch (...) {
    self.failure_ = std::current_exception();
    return -1;
  }
  return *taken > 0 ? 1 : blocked(bio, BIO_FLAGS_WRITE);
}

long TlsTransport::control(bio_st* bio, int command, long argument, void* object) noexcept {
  auto& self = *static_cast<TlsTransport*>(openssl().BIO_get_data(bio));
  if (command == BIO_CTRL_FLUSH) return 1;  // flush() comes when it is due
  if (command == set_kernel_keys && argument != 0) return self.note_keys(object);
  return command == BIO_CTRL_EOF && self.ended_ ? 1 : 0;
}

// 0: OpenSSL uses them itself, for there is still a handshake to be ended with them.
long TlsTransport::note_keys(const void* crypto_info) noexcept try {
  keys_.reset();
  if (TlsSendingKeys::are_usable(crypto_info)) keys_.emplace(crypto_info);
  return 0;
} catch (const std::bad_alloc&) {
  return 0;
}

bool TlsTransport::flush() {
  while (!collected_.empty()) {
    const auto attempt = channel_->try_write(collected_.held());
    if (attempt.kind != io::Attempt::Kind::moved) return false;
    collected_.drained(attempt.bytes);
  }
  return true;
}

}  // namespace sock::wire
