// The steps of one probe.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "io/loop.hpp"
#include "io/observer.hpp"

namespace sock::cmd {

// Tells them to whoever watches, and keeps how long they took.
class ProbeSteps : public io::Observer {
 public:
  // The names whose look-up has been told: one is shared by many probes, and told once.
  using Names = std::set<std::string, std::less<>>;
  // Both must outlive it.
  ProbeSteps(io::Observer& observer, Names& names) noexcept : observer_(observer), names_(names) {}

  void resolving(std::string_view name) override;
  void resolved(std::string_view name, std::size_t addresses, std::chrono::nanoseconds) override;
  void attempt(std::string_view address) override;
  void attempt_failed(std::string_view address, const Error&, std::chrono::nanoseconds) override;
  void attempt_overtaken(std::string_view address, std::chrono::nanoseconds) override;
  void connected(const Socket&, std::string_view address, std::chrono::nanoseconds) override;
  void secured(const io::Secured&) override;

  // From the question for the name to the first attempt, or to now; 0 where nobody was asked.
  std::chrono::nanoseconds look_up() const;
  // The last attempt, its handshake included.
  std::chrono::nanoseconds attempt_took() const noexcept { return took_; }

 private:
  io::Observer& observer_;
  Names& names_;
  io::Clock::time_point asked_, answered_;  // the epoch: not yet
  std::chrono::nanoseconds took_{};
};

}  // namespace sock::cmd
