// Getting through to a peer: dialled, and TLS agreed on where it is spoken.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "io/channel.hpp"
#include "io/loop.hpp"
#include "io/observer.hpp"
#include "sock/timeout.hpp"
#include "wire/dialing.hpp"
#include "wire/tls_channel.hpp"
#include "wire/tls_context.hpp"
#include "wire/tls_handshake.hpp"

namespace sock::wire {

struct Reached {
  Dialed dialed;                             // where there is TLS, without its socket
  std::unique_ptr<TlsChannel> secured = {};  // speaks over that; null: no TLS
  TlsSession session = {};                   // of TLS
  Address local = {};                        // of that socket
};

// One end of a conversation with who was reached.
std::unique_ptr<io::Channel> channel_of(Reached);

// Names, addresses and the handshake have one limit: the plan's timeout.
class Reaching {
 public:
  using Done = std::function<void(const std::exception_ptr&, Reached*)>;

  // `done` is called once, from the loop and never from the constructor, with what Dialing or
  // TlsHandshake tells; then this may be destroyed. Destroying it before cancels. The loop and the
  // observer must outlive it.
  Reaching(io::Loop&, const DialPlan&, std::optional<Tls>, io::Observer&, Done,
           const FindPaths& = find_paths);
  Reaching(const Reaching&) = delete;
  Reaching& operator=(const Reaching&) = delete;

 private:
  void dialed(const std::exception_ptr&, Dialed*);
  void agree();
  void agreed(TlsHandshake::Outcome);
  void end(const std::exception_ptr&);

  io::Loop& loop_;
  const std::optional<Tls> tls_;
  io::Observer& observer_;
  const Deadline deadline_;
  Done done_;
  std::optional<Reached> reached_;
  std::unique_ptr<TlsHandshake> handshake_;
  Dialing dialing_;
};

}  // namespace sock::wire
