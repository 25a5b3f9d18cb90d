#include "wire/redialing.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "wire/chance.hpp"

namespace sock::wire {

Redialing::Redialing(io::Loop& loop, const DialPlan& plan, std::optional<Tls> tls,
                     std::optional<TryUntil> until, io::Observer& observer, Reaching::Done done)
    : loop_(loop),
      plan_(plan),
      tls_(std::move(tls)),
      until_(std::move(until)),
      observer_(observer),
      done_(std::move(done)) {
  dial();
}

// Never less than a moment: a try without any time could not succeed.
Redialing::Left Redialing::left() const {
  if (!until_) return std::nullopt;
  return std::max<std::chrono::nanoseconds>(until_->at - io::Clock::now(),
                                            std::chrono::milliseconds(1));
}

void Redialing::dial() {
  DialPlan plan = plan_;
  if (const Left most = left())
    plan.timeout = std::min(plan.timeout.value().value_or(*most), *most);
  ++tries_;
  reaching_ = std::make_unique<Reaching>(loop_, plan, tls_, observer_,
                                         [this](const std::exception_ptr& error, Reached* reached) {
                                           if (error) return failed(error);
                                           const Reaching::Done done = std::move(done_);
                                           done(nullptr, reached);
                                         });
}

void Redialing::failed(std::exception_ptr error) {
  const bool again = may_pass(error);
  const auto pause = again ? backoff_.next(chance(), left()) : std::nullopt;
  if (pause) {
    observer_.retrying(to_string(plan_.target), error, *pause);
    again_ = loop_.after(*pause, [this] { dial(); });
    return;
  }
  if (again)
    error = std::make_exception_ptr(
        GaveUp("connect " + to_string(plan_.target), until_->name, tries_, std::move(error)));
  const Reaching::Done done = std::move(done_);
  done(error, nullptr);
}

}  // namespace sock::wire
