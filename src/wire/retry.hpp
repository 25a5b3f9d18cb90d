// Trying again: whether there is a point in it, and when. Pure.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

namespace sock::wire {

// The pauses between tries: each up to twice the one before, with a random share of it left out, so
// that many who wait for the same peer do not come all at once.
class Backoff {
 public:
  using Duration = std::chrono::nanoseconds;
  static constexpr Duration first = std::chrono::milliseconds(100);
  static constexpr Duration longest = std::chrono::seconds(2);
  static constexpr Duration shortest = std::chrono::milliseconds(10);

  // `chance` in [0, 1): the pause is between half of its full length and all of it. Never more than
  // half of what is left, so that the last try comes close to the end; nothing when no more than
  // `shortest` is left.
  std::optional<Duration> next(double chance, std::optional<Duration> left) noexcept;
  void reset() noexcept { full_ = first; }

 private:
  Duration full_ = first;
};

// May the cause of a failed dial pass by itself: a refused connection, a peer or network that
// cannot be reached, a socket file that is not there yet, a name that is not known yet, time that
// was up, a connection that ended before TLS was agreed on; a proxy that says so of the target, or
// that breaks off. Of several addresses one is enough. Never what the user has to change.
bool may_pass(const std::exception_ptr&);

// The limit for all tries is over.
class GaveUp : public std::runtime_error {
 public:
  // `task`: "connect 192.0.2.1:80"; `limit`: its name, for the message.
  GaveUp(const std::string& task, const std::string& limit, unsigned tries,
         std::exception_ptr last);
  const std::exception_ptr& last() const noexcept { return last_; }  // why the last try failed

 private:
  std::exception_ptr last_;
};

}  // namespace sock::wire
