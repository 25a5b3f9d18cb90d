// Dialling until it succeeds.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "wire/dialing.hpp"
#include "wire/retry.hpp"

namespace sock::wire {

// The end of all tries.
struct TryUntil {
  io::Clock::time_point at;
  std::string name;  // of this limit, for the error: "--wait 30s"
};

// Dials, and again after a pause as long as what it failed with may pass. `done` is called as
// Dialing's is; when the limit is over with GaveUp. The plan's timeout is that of each try.
class Redialing {
 public:
  Redialing(io::Loop&, const DialPlan&, std::optional<TryUntil>, io::Observer&, DialDone);
  Redialing(const Redialing&) = delete;
  Redialing& operator=(const Redialing&) = delete;

 private:
  using Left = std::optional<std::chrono::nanoseconds>;
  Left left() const;
  void dial();
  void failed(std::exception_ptr);

  io::Loop& loop_;
  const DialPlan plan_;
  const std::optional<TryUntil> until_;
  io::Observer& observer_;
  DialDone done_;
  Backoff backoff_;
  unsigned tries_ = 0;
  std::unique_ptr<Dialing> dialing_;
  io::Timer again_;
};

}  // namespace sock::wire
