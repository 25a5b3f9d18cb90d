#include "cmd/resolve_tries.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "cmd/explain.hpp"
#include "cmd/limit_passed.hpp"
#include "cmd/resolve_ask.hpp"
#include "cmd/values.hpp"
#include "sock/error.hpp"
#include "wire/chance.hpp"
#include "wire/retry.hpp"

namespace sock::cmd {
namespace {

using Clock = std::chrono::steady_clock;

// Only what belongs to the name; what else goes wrong ends the run.
Outcome failed(const ResolvePlan& plan, const ResolvePlan::Name& name,
               const std::exception_ptr& failure) {
  Outcome outcome{text_of(plan, name, failure), explain(failure), Exit::done};
  try {
    std::rethrow_exception(failure);
  } catch (const Unconfirmed&) {
    outcome.exit = Exit::not_found;
  } catch (const Error& error) {
    outcome.exit = exit_of(error);
  } catch (const wire::GaveUp& gave_up) {
    outcome.exit = exit_of(gave_up);
  }
  return outcome;
}

Timeout earlier(Timeout timeout, std::chrono::nanoseconds left) {
  const auto limit = timeout.value();
  return limit ? std::min(*limit, left) : left;
}

Answer waited(const ResolvePlan& plan, const ResolvePlan::Name& name, const LookUp& look_up) {
  const auto end = Clock::now() + *plan.wait;
  wire::Backoff backoff;
  for (unsigned tries = 1;; ++tries) {
    std::exception_ptr failure;
    try {
      const auto left =
          std::max<std::chrono::nanoseconds>(end - Clock::now(), std::chrono::milliseconds(1));
      return look_up(name, earlier(plan.timeout, left));
    } catch (const Error&) {
      failure = std::current_exception();
    }
    if (!wire::may_pass(failure)) std::rethrow_exception(failure);
    const auto pause = backoff.next(wire::chance(), end - Clock::now());
    if (!pause)
      throw wire::GaveUp("resolve " + label_of(name), "--wait " + show_duration(*plan.wait), tries,
                         failure);
    std::this_thread::sleep_for(*pause);
  }
}

Outcome counted(const ResolvePlan& plan, const ResolvePlan::Name& name, const LookUp& look_up) {
  Times times;
  std::optional<Answer> answer;
  std::exception_ptr failure;
  for (unsigned i = 0; i < *plan.count; ++i) {
    if (i != 0) std::this_thread::sleep_for(plan.interval);
    const auto start = Clock::now();
    try {
      answer = within(plan.limit, [&] { return look_up(name, plan.timeout); });
    } catch (const Error&) {
      failure = std::current_exception();
      ++times.failed;
    } catch (const Unconfirmed&) {
      failure = std::current_exception();
      ++times.failed;
    }
    times.took.push_back(Clock::now() - start);
  }
  Outcome outcome;
  if (failure) outcome = failed(plan, name, failure);
  if (answer)
    outcome.data = text_of(plan, name, *answer, times);
  else if (plan.show != ResolvePlan::Show::json)
    outcome.data = line_of(name, times);
  return outcome;
}

}  // namespace

Outcome outcome_of(const ResolvePlan& plan, const ResolvePlan::Name& name,
                   const LookUp& look_up) try {
  if (plan.count) return counted(plan, name, look_up);
  const Answer answer = plan.wait ? waited(plan, name, look_up)
                                  : within(plan.limit, [&] { return look_up(name, plan.timeout); });
  return {text_of(plan, name, answer), {}, Exit::done};
} catch (...) {
  return failed(plan, name, std::current_exception());
}

}  // namespace sock::cmd
