// Dialling through proxies on a loop.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "sock/timeout.hpp"
#include "wire/dial.hpp"
#include "wire/dialing.hpp"
#include "wire/finding.hpp"
#include "wire/tunnel.hpp"

namespace sock::wire {

// What a plan's proxies are asked for, one after the other. Throws UsageError, and Error for a
// service that is not known.
std::vector<Leg> legs_of(const DialPlan&);

// Looks up the names that are not left to the proxies, connects to the first one as Dialing does,
// and goes through them all. The observer is told of one connection: that to the target.
class Proxying {
 public:
  // `done` is called once, from the loop, and may destroy this. Destroying it before cancels.
  // Throws what legs_of() does.
  Proxying(io::Loop&, const DialPlan&, const Deadline&, io::Observer&, FindPaths, DialDone done);
  ~Proxying();
  Proxying(const Proxying&) = delete;
  Proxying& operator=(const Proxying&) = delete;

 private:
  class OnTheWay;
  void look_up(std::size_t leg);
  void found(std::size_t leg, const std::exception_ptr&, const std::vector<Path>&);
  void dial();
  Dialed dialed_over(Socket) const;
  Dialed associated(Socket control) const;
  void through(const std::exception_ptr&, std::optional<Socket>);
  void end(const std::exception_ptr&, Dialed* = nullptr);

  io::Loop& loop_;
  const DialPlan plan_;
  const Deadline deadline_;
  io::Observer& observer_;
  const std::unique_ptr<OnTheWay> on_the_way_;
  const FindPaths find_;
  DialDone done_;
  const io::Clock::time_point start_ = io::Clock::now();
  std::vector<Leg> legs_;
  std::unique_ptr<Finding> finding_;
  std::unique_ptr<Dialing> dialing_;  // to the first proxy
  std::unique_ptr<Tunnel> tunnel_;
};

}  // namespace sock::wire
