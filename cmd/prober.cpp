#include "cmd/prober.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sock/error.hpp"
#include "wire/chance.hpp"

namespace sock::cmd {

Prober::Prober(io::Loop& loop, const ProbeTask& task, std::optional<wire::TlsContext> tls,
               std::optional<wire::TryUntil> until, io::Observer& observer, Final final,
               std::function<void()> done)
    : loop_(loop),
      task_(task),
      tls_(std::move(tls)),
      until_(std::move(until)),
      observer_(observer),
      final_(std::move(final)),
      done_(std::move(done)),
      ready_(task.targets.size()),
      ones_(task.targets.size()),
      open_ends_(task.targets.size()) {
  std::iota(ready_.begin(), ready_.end(), std::size_t{0});
  fill();
}

std::optional<std::chrono::nanoseconds> Prober::left() const {
  if (!until_) return std::nullopt;
  return std::max<std::chrono::nanoseconds>(until_->at - io::Clock::now(),
                                            std::chrono::milliseconds(1));
}

void Prober::fill() {
  while (running_ < task_.jobs && !ready_.empty()) {
    const std::size_t target = ready_.front();
    ready_.pop_front();
    start(target);
  }
}

void Prober::start(std::size_t target) {
  ++running_;
  wire::DialPlan plan = task_.dial;
  plan.target = task_.targets[target];
  if (const auto most = left())
    plan.timeout = std::min(plan.timeout.value().value_or(*most), *most);
  std::optional<wire::Tls> tls;
  if (const auto& name = task_.tls_names[target]) tls = {*tls_, *name};
  ones_[target].current = std::make_unique<ProbeTry>(
      loop_, plan, tls, task_.data, lookups_, ProbeSteps(observer_, names_),
      [this, target](const ProbeResult& result, const std::exception_ptr& cause) {
        ended(target, result, cause);
      });
}

void Prober::ended(std::size_t target, ProbeResult result, const std::exception_ptr& cause) {
  --running_;
  // Whoever comes later asks again.
  if (result.state == PortState::unresolved)
    names_.erase(std::string(wire::name_in(task_.targets[target])));
  if (!try_again(target, result, cause)) {
    ones_[target].current.reset();
    --open_ends_;
    final_(target, result);
    if (open_ends_ == 0 || (task_.any && result.state == PortState::open)) {
      for (One& one : ones_) one = {};
      ready_.clear();
      return done_();
    }
  }
  fill();
}

bool Prober::try_again(std::size_t target, const ProbeResult& result,
                       const std::exception_ptr& cause) {
  if (!task_.retries || result.state == PortState::open) return false;
  if (result.state != PortState::silent && !wire::may_pass(cause)) return false;
  One& one = ones_[target];
  const auto pause = one.backoff.next(wire::chance(), left());
  if (!pause) return false;
  const auto why =
      cause ? cause
            : std::make_exception_ptr(TimeoutError(Errc::timed_out, "probe", result.target));
  observer_.retrying(result.target, why, *pause);
  one.again = loop_.after(*pause, [this, target] {
    ready_.push_back(target);
    fill();
  });
  return true;
}

}  // namespace sock::cmd
