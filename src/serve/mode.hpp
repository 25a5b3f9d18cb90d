// What a peer gets: the interface of the modes.
#pragma once

#include <functional>
#include <memory>

#include "io/channel.hpp"
#include "serve/session.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

class DatagramPort;
class DatagramSession;

class Mode {
 public:
  virtual ~Mode() = default;

  // Begins to serve a connection. What it throws is told of this peer, whose connection is closed.
  virtual std::unique_ptr<Session> serve(Visit, Socket) = 0;
  // How many descriptors it takes to begin and hold a session, besides the connection itself.
  virtual int descriptors() const noexcept { return 0; }

  // Can it serve peers whose bytes come by a channel, as through TLS? Else they get a socket.
  virtual bool takes_channels() const noexcept { return false; }
  // Only where it can. The channel outlives the session.
  virtual std::unique_ptr<Session> serve(Visit, io::Channel&);

  // Is there a use for what peers of a connection send? Where not, how that ends does not matter.
  virtual bool wants_input() const noexcept { return true; }

  // No one is served any more: calls back, perhaps at once, when nothing is left to be done.
  virtual void finish(const std::function<void()>& done) { done(); }

  // Does it serve peers of a datagram socket, too?
  virtual bool takes_datagrams() const noexcept { return false; }
  // Only where it does. The port outlives the session.
  virtual std::unique_ptr<DatagramSession> serve(Visit, DatagramPort&);
};

}  // namespace sock::serve
