// Every peer gets a connection to somewhere else, and the bytes move between the two.
#pragma once

#include <chrono>
#include <optional>

#include "serve/mode.hpp"
#include "wire/dial.hpp"

namespace sock::serve {

// Each end is told of the other's end of input. Where nothing can be reached the peer's connection
// is closed, and that is told.
class Forward : public Mode {
 public:
  // `linger`: what remains after the first end is bounded.
  explicit Forward(wire::DialPlan target, std::optional<std::chrono::nanoseconds> linger = {})
      : target_(std::move(target)), linger_(linger) {}

  std::unique_ptr<Session> serve(Visit, Socket) override;
  int descriptors() const noexcept override { return 4; }  // a socket, an epoll for names, a pipe
  // A peer of a datagram socket has a socket of its own on the other side.
  bool takes_datagrams() const noexcept override { return true; }
  std::unique_ptr<DatagramSession> serve(Visit, DatagramPort&) override;

 private:
  const wire::DialPlan target_;
  const std::optional<std::chrono::nanoseconds> linger_;
};

}  // namespace sock::serve
