// Many probes at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/probe_result.hpp"
#include "cmd/probe_steps.hpp"
#include "cmd/probe_try.hpp"
#include "cmd/shared_lookups.hpp"
#include "io/loop.hpp"
#include "wire/dial.hpp"
#include "wire/redialing.hpp"
#include "wire/retry.hpp"
#include "wire/tls_context.hpp"

namespace sock::cmd {

struct ProbeTask {
  wire::DialPlan dial;  // but for the target; its timeout is that of each try
  std::vector<wire::Endpoint> targets;
  // Whom the peer has to be, where TLS is spoken with that target; "": anyone that is trusted.
  std::vector<std::optional<std::string>> tls_names;
  std::string data;      // that datagrams carry
  bool any = false;      // the first that is open ends it
  bool retries = false;  // what is not open, and may be later, is tried again
  std::size_t jobs = 1;  // tries at a time
};

// Probes the targets in their order, so many at a time, until each has its result or the limit is
// over. Tells from the loop: the steps, each result once it is final, and the end.
class Prober {
 public:
  using Final = std::function<void(std::size_t target, const ProbeResult&)>;
  // `tls`: where it is spoken with any target.
  Prober(io::Loop&, const ProbeTask&, std::optional<wire::TlsContext> tls,
         std::optional<wire::TryUntil>, io::Observer&, Final, std::function<void()> done);
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

 private:
  struct One {
    std::unique_ptr<ProbeTry> current;
    wire::Backoff backoff;
    io::Timer again;
  };
  std::optional<std::chrono::nanoseconds> left() const;
  void fill();
  void start(std::size_t);
  void ended(std::size_t, ProbeResult, const std::exception_ptr&);
  bool try_again(std::size_t, const ProbeResult&, const std::exception_ptr&);

  io::Loop& loop_;
  const ProbeTask& task_;
  const std::optional<wire::TlsContext> tls_;
  const std::optional<wire::TryUntil> until_;
  io::Observer& observer_;
  Final final_;
  std::function<void()> done_;
  SharedLookups lookups_;
  ProbeSteps::Names names_;
  std::deque<std::size_t> ready_;  // to be tried
  std::vector<One> ones_;          // at the places of their targets
  std::size_t running_ = 0, open_ends_ = 0;
  io::Timer next_;
};

}  // namespace sock::cmd
