// One probe of one target.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cmd/probe_result.hpp"
#include "cmd/probe_steps.hpp"
#include "io/loop.hpp"
#include "wire/reach.hpp"

namespace sock::cmd {

// Connects, agrees on TLS where that is to be spoken, and closes at once. Where datagrams of INET
// and INET6 are sent, sends one, and waits for an answer or an ICMP error until the plan's timeout.
// `done` is called once, from the loop, with the failure where there is one; then this may be
// destroyed. Destroying it before cancels.
class ProbeTry {
 public:
  using Done = std::function<void(const ProbeResult&, const std::exception_ptr&)>;
  ProbeTry(io::Loop&, const wire::DialPlan&, const std::optional<wire::Tls>&,
           const std::string& data, const wire::FindPaths&, const ProbeSteps&, Done);
  ProbeTry(const ProbeTry&) = delete;
  ProbeTry& operator=(const ProbeTry&) = delete;

 private:
  void reached(const std::exception_ptr&, wire::Reached*);
  void ask(wire::Dialed);
  void answered();
  void end(PortState, const std::exception_ptr& = nullptr);

  io::Loop& loop_;
  const std::string data_;
  const Deadline deadline_;
  Done done_;
  ProbeSteps steps_;
  ProbeResult result_;
  std::optional<wire::Dialed> asked_;  // of whom an answer is waited for
  io::Clock::time_point sent_;
  io::Watch watch_;
  io::Timer limit_;
  wire::Reaching reaching_;
};

}  // namespace sock::cmd
