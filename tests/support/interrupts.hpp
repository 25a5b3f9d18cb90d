// Real signals, so that system calls are really interrupted.
#pragma once

#include <signal.h>
#include <time.h>

#include <chrono>

namespace support {

// While it lives, SIGUSR1 comes to the thread that made it, every so often, and its handler does
// nothing but count. Without SA_RESTART: a system call that waits ends with EINTR. One at a time.
class Interrupts {
 public:
  explicit Interrupts(std::chrono::milliseconds every);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  int delivered() const noexcept;

 private:
  timer_t timer_{};
  struct sigaction before_ {};
};

}  // namespace support
