// A peer that is joined to a connection elsewhere: what is told of it, and how the two end.
#pragma once

#include <exception>
#include <memory>

#include "io/channel.hpp"
#include "io/loop.hpp"
#include "io/relay.hpp"
#include "serve/session.hpp"

namespace sock::serve {

class BridgeSession : public Session {
 public:
  // What has passed between the two.
  Counts counts() const noexcept override;

 protected:
  // How bytes pass between the two, of which the peer is the local end; outlives this.
  BridgeSession(Visit, const io::RelayOptions&);

  // While there is no connection for it: a peer that is gone needs none, and ends this. Nobody else
  // may watch `near` meanwhile.
  void await(FdRef near);
  void await_no_more() noexcept { hangup_ = {}; }

  // From now on bytes and ends of input move between the two, and then this ends.
  void join(std::unique_ptr<io::Channel> near, std::unique_ptr<io::Channel> far);

  void fail_by(const std::exception_ptr&);
  io::Loop& loop() const noexcept;

 private:
  void over(const io::RelayResult&);

  const io::RelayOptions& options_;
  std::unique_ptr<io::Channel> near_, far_;
  std::unique_ptr<io::Relay> relay_;
  io::Watch hangup_;
};

}  // namespace sock::serve
