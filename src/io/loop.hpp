// Waiting for many descriptors and timers at once: epoll, level-triggered.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "io/timers.hpp"
#include "sock/fd.hpp"

namespace sock::io {

// What a watch waits for. Hang-ups and errors are always told; with `none` once, until it waits for
// something again: they do not pass, and nobody would do anything about them.
enum class Interest : std::uint8_t { none = 0, read = 1, write = 2, both = 3 };
constexpr Interest operator|(Interest a, Interest b) noexcept {
  return static_cast<Interest>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

// What a descriptor is ready for. Readable and writable may be false alarms: try, and be told
// "blocked".
struct Ready {
  bool read = false;
  bool write = false;
  bool hangup =
      false;  // both directions are shut down, or the peer of a pipe or Unix socket is gone
  bool error = false;  // a socket has an error to fetch; a pipe has no reader any more
};

class Loop;

// Waits for a descriptor until it is destroyed, also from within its own callback. The loop must
// outlive it; the descriptor must stay open as long, though another file may take the place of its
// own (dup2), where that closes the old one.
class Watch {
 public:
  Watch() noexcept = default;
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();
  void set(Interest);  // costs a system call only when it changes
  explicit operator bool() const noexcept { return entry_ != nullptr; }

 private:
  friend class Loop;
  struct Entry;
  explicit Watch(std::shared_ptr<Entry>) noexcept;
  std::shared_ptr<Entry> entry_;
};

// Fires once, unless it is destroyed before.
class Timer {
 public:
  Timer() noexcept = default;
  Timer(Timer&&) noexcept;
  Timer& operator=(Timer&&) noexcept;
  ~Timer();
  explicit operator bool() const noexcept { return loop_ != nullptr; }

 private:
  friend class Loop;
  Timer(Loop&, const Timers::Id&) noexcept;
  Loop* loop_ = nullptr;
  Timers::Id id_;
};

class Loop {
 public:
  // Returns whether it got anywhere: moved something, or changed what it waits for. In debug builds
  // a watch that is called again and again without getting anywhere is a std::logic_error that
  // names it: level-triggered loops otherwise hide such a bug as a busy processor.
  using Callback = std::function<bool(Ready)>;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // A descriptor that epoll refuses because it never blocks (a regular file, /dev/null) is ready at
  // every turn for what the watch waits for. `name` is for messages: a literal.
  [[nodiscard]] Watch watch(FdRef, Interest, const char* name, Callback);
  [[nodiscard]] Timer at(Clock::time_point, std::function<void()>);
  [[nodiscard]] Timer after(Clock::duration, std::function<void()>);

  // Turns until stop(), or until no watch and no timer is left. An exception from a callback ends
  // it.
  void run();
  // run() returns after the callback that runs now; if it is not running, as soon as it is called.
  void stop() noexcept;
  // The time of this turn: the clock is read once, when it is first asked for.
  Clock::time_point now() const noexcept;

 private:
  friend class Watch;
  friend class Timer;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sock::io
