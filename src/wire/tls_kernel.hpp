// Sending TLS by the kernel (Linux, Documentation/networking/tls.rst).
#pragma once

#include <cstdint>
#include <optional>

#include "sock/fd.hpp"
#include "wire/tls_sending_keys.hpp"

namespace sock::wire {

// A TCP socket whose kernel makes records of what is written to it, however it is: send(2),
// sendfile(2), splice(2). It is read as before. What it has taken may still be with it, and not yet
// with TCP: to shut the socket down or to close it before try_end() is done would destroy that.
class TlsKernel {
 public:
  // nullopt: this kernel or this socket cannot, and nothing has changed. Nothing that was encrypted
  // before may still have to be written.
  static std::optional<TlsKernel> start(FdRef, const TlsSendingKeys&) noexcept;

  // An alert (RFC 5246, 7.2) between the data, if there is room at once.
  void say(std::uint8_t level, std::uint8_t description) noexcept;

  // Sends close_notify behind all that was written. false: blocked. Once done, again is fine.
  [[nodiscard]] bool try_end() noexcept;

 private:
  explicit TlsKernel(FdRef fd) noexcept : fd_(fd) {}
  FdRef fd_;
  bool said_ = false;
};

}  // namespace sock::wire
