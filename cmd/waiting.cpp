#include "cmd/waiting.hpp"

#include <utility>

#include "cmd/values.hpp"

namespace sock::cmd {

std::optional<wire::TryUntil> try_until(const std::optional<std::chrono::nanoseconds>& wait,
                                        const std::optional<std::chrono::nanoseconds>& deadline,
                                        io::Clock::time_point start, io::Clock::time_point now) {
  std::optional<wire::TryUntil> until;
  if (wait) until = {now + *wait, "--wait " + show_duration(*wait)};
  if (deadline && (!until || start + *deadline < until->at))
    until = {start + *deadline, "--deadline " + show_duration(*deadline)};
  return until;
}

std::optional<wire::Reached> reach_until(Session& session, const wire::DialPlan& plan,
                                         const std::optional<wire::Tls>& tls,
                                         std::optional<wire::TryUntil> until,
                                         io::Observer& observer) {
  std::exception_ptr failure;
  std::optional<wire::Reached> result;
  const wire::Redialing redialing(session.loop(), plan, tls, std::move(until), observer,
                                  [&](std::exception_ptr error, wire::Reached* reached) {
                                    failure = std::move(error);
                                    if (reached) result = std::move(*reached);
                                    session.stop();
                                  });
  session.run();
  session.check();
  if (failure) std::rethrow_exception(failure);
  return result;
}

}  // namespace sock::cmd
