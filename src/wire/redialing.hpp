// Dialling until it succeeds.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "wire/reach.hpp"
#include "wire/retry.hpp"

namespace sock::wire {

// The end of all tries.
struct TryUntil {
  io::Clock::time_point at;
  std::string name;  // of this limit, for the error: "--wait 30s"
};

// Gets through to a peer, TLS and all, and tries again after a pause as long as what it failed with
// may pass. `done` is called as Reaching's is; when the limit is over with GaveUp. The plan's
// timeout is that of each try.
class Redialing {
 public:
  Redialing(io::Loop&, const DialPlan&, std::optional<Tls>, std::optional<TryUntil>, io::Observer&,
            Reaching::Done);
  Redialing(const Redialing&) = delete;
  Redialing& operator=(const Redialing&) = delete;

 private:
  using Left = std::optional<std::chrono::nanoseconds>;
  Left left() const;
  void dial();
  void failed(std::exception_ptr);

  io::Loop& loop_;
  const DialPlan plan_;
  const std::optional<Tls> tls_;
  const std::optional<TryUntil> until_;
  io::Observer& observer_;
  Reaching::Done done_;
  Backoff backoff_;
  unsigned tries_ = 0;
  std::unique_ptr<Reaching> reaching_;
  io::Timer again_;
};

}  // namespace sock::wire
