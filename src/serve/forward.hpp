// Every peer gets a connection to somewhere else, and the bytes move between the two.
#pragma once

#include <optional>
#include <utility>

#include "io/relay.hpp"
#include "serve/mode.hpp"
#include "wire/dial.hpp"
#include "wire/tls_context.hpp"

namespace sock::serve {

// Each end is told of the other's end of input. Where nothing can be reached the peer's connection
// is closed, and that is told.
class Forward : public Mode {
 public:
  // `relay`: how the bytes of connections pass; the peer is its local end. `tls`: what is spoken
  // with the target.
  explicit Forward(wire::DialPlan target, io::RelayOptions relay = {},
                   std::optional<wire::Tls> tls = {});

  std::unique_ptr<Session> serve(Visit, Socket) override;
  int descriptors() const noexcept override { return 4; }  // a socket, an epoll for names, a pipe
  // A peer of a datagram socket has a socket of its own on the other side.
  bool takes_datagrams() const noexcept override { return true; }
  std::unique_ptr<DatagramSession> serve(Visit, DatagramPort&) override;

 private:
  const wire::DialPlan target_;
  io::RelayOptions relay_;
  const std::optional<wire::Tls> tls_;
};

}  // namespace sock::serve
