#include "support/interrupts.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

namespace support {
namespace {

std::atomic<int> count = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void check(int result, const char* what) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Interrupts::Interrupts(std::chrono::milliseconds every) {
  count = 0;
  struct sigaction action {};
  action.sa_handler = [](int) { count.fetch_add(1, std::memory_order_relaxed); };
  check(::sigaction(SIGUSR1, &action, &before_), "sigaction");

  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGUSR1;
  event._sigev_un._tid = ::gettid();
  check(::timer_create(CLOCK_MONOTONIC, &event, &timer_), "timer_create");

  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(every);
  itimerspec period{};
  period.it_interval.tv_sec = seconds.count();
  period.it_interval.tv_nsec = std::chrono::nanoseconds(every - seconds).count();
  period.it_value = period.it_interval;
  check(::timer_settime(timer_, 0, &period, nullptr), "timer_settime");
}

Interrupts::~Interrupts() {
  ::timer_delete(timer_);
  ::sigaction(SIGUSR1, &before_, nullptr);
}

int Interrupts::delivered() const noexcept { return count.load(std::memory_order_relaxed); }

}  // namespace support
