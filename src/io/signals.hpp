// Signals as events of the loop.
#pragma once

#include <csignal>
#include <functional>
#include <initializer_list>
#include <memory>

#include "io/loop.hpp"
#include "sock/fd.hpp"

namespace sock::io {

// One that came.
struct Signal {
  int number = 0;
  // By a key (Ctrl-C), or for the terminal is gone: then all of its foreground processes have it.
  bool from_terminal = false;
};

// Takes the signals from their default action and hands them to the loop (signalfd(2)) until it is
// destroyed; then the thread's mask is what it was.
class Signals {
 public:
  Signals(Loop&, std::initializer_list<int> signals, std::function<void(Signal)>);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  sigset_t before_;
  Fd fd_;
  Watch watch_;
};

// Ends this process by the signal's default action, so that its parent sees that. If the signal
// does not end it (it is ignored), exits with 128 + signal.
[[noreturn]] void die_by(int signal);

}  // namespace sock::io
