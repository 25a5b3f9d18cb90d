// The event loop of one run, and the signals that end it.
#pragma once

#include <functional>
#include <utility>

#include "io/loop.hpp"
#include "io/signals.hpp"

namespace sock::cmd {

// From its making on SIGINT, SIGTERM, SIGHUP and SIGUSR1 are events of the loop. To be made after
// whatever blocks outside the loop (a look-up, a connect): that is ended by the signal itself, and
// SIGUSR1 answered by its handler (Phase).
class Session {
 public:
  Session();

  io::Loop& loop() noexcept { return loop_; }
  // Turns until stop() or a signal.
  void run() { loop_.run(); }
  void stop() noexcept { loop_.stop(); }

  int signal() const noexcept { return signal_; }  // the last that came, 0 for none
  // SIGUSR1 does not end it, but is handed to this; null: to Phase.
  void when_asked(std::function<void()> answer) { answer_ = std::move(answer); }
  // A channel has changed in a way that no readiness tells of; who moves its bytes is told.
  void nudge() {
    if (nudged_) nudged_();
  }
  void when_nudged(std::function<void()> look_again) { nudged_ = std::move(look_again); }
  // Throws Interrupted when one came.
  void check() const;
  // Instead of ending run(), a signal is handed to this; null: as before.
  void pass_signals_to(std::function<void(io::Signal)> handler) { handler_ = std::move(handler); }

 private:
  io::Loop loop_;
  int signal_ = 0;
  std::function<void(io::Signal)> handler_;
  std::function<void()> answer_, nudged_;
  io::Signals signals_;
};

}  // namespace sock::cmd
