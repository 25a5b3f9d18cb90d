// A peer whose bytes come by a channel, as through TLS, and go back there or nowhere.
#pragma once

#include "io/channel.hpp"
#include "io/flow.hpp"
#include "io/loop.hpp"
#include "serve/session.hpp"

namespace sock::serve {

class ChannelSession final : public Session {
 public:
  enum class Use : std::uint8_t { echo, discard };

  // The channel, which nobody else may watch meanwhile, must outlive it.
  ChannelSession(Visit, io::Channel&, Use);

  Counts counts() const noexcept override;

 private:
  bool pump();
  void follow();
  void tell_of_end() noexcept;
  void rearm();

  io::Channel& channel_;
  const Use use_;
  io::Flow flow_;
  io::Watch watch_;
  io::Timer pending_;
};

}  // namespace sock::serve
