#include "wire/tls_visitors.hpp"

#include <cerrno>
#include <utility>

#include "io/socket_calls.hpp"
#include "sock/error.hpp"

namespace sock::wire {

using io::Attempt;

TlsVisitors::TlsVisitors(Socket socket, std::string name, Allowed allowed)
    : socket_(std::move(socket)), name_(std::move(name)), allowed_(std::move(allowed)) {}

void TlsVisitors::stay(std::string name) {
  peer_ = io::datagram_channel(std::move(socket_), last_, std::move(name));
  allowed_ = nullptr;
}

Attempt TlsVisitors::try_read(std::span<std::byte> room) {
  if (peer_) return peer_->try_read(room);
  // Nobody can keep it here for ever.
  for (int dropped = 0; dropped < 64; ++dropped) {
    try {
      const Attempt attempt = io::receive_datagram(socket_, room, name_, &last_);
      if (attempt.kind != Attempt::Kind::moved || allowed_(last_)) return attempt;
    } catch (const Error& error) {
      if (error.code().value() != EMSGSIZE) throw;  // larger than any greeting: not one
    }
  }
  return Attempt::blocked();
}

Attempt TlsVisitors::try_write(std::span<const std::byte> data) {
  if (peer_) return peer_->try_write(data);
  try {
    (void)io::send_to(socket_, data, name_, last_);
  } catch (const Error&) {
    // It says it is somewhere where we cannot send to; or it will ask again.
  }
  return Attempt::moved(data.size());
}

}  // namespace sock::wire
