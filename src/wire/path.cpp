#include "wire/path.hpp"

#include <linux/can.h>

#include <algorithm>
#include <variant>

namespace sock::wire {

namespace {

// The source as an endpoint of the target's kind.
Endpoint fitted(const Endpoint& source, const Endpoint& target) {
  const auto* from = std::get_if<InetEndpoint>(&source);
  if (const auto* to = std::get_if<InetEndpoint>(&target); from && to) {
    // A source is seldom written with its transport: "tcp" is what it has without one.
    if (from->transport == Transport::tcp || from->transport == to->transport)
      return InetEndpoint{to->transport, from->host, from->port};
  } else if (from && std::holds_alternative<RdsEndpoint>(target)) {
    return RdsEndpoint{from->host, from->port};
  } else if (from && std::holds_alternative<RawEndpoint>(target)) {
    return RawEndpoint{from->host};
  } else if (source.index() == target.index() && !std::holds_alternative<FdEndpoint>(target)) {
    return source;
  }
  throw UsageError("the source " + to_string(source) + " is of another kind than the target " +
                   to_string(target));
}

}  // namespace

bool is_only_bound(int family, int protocol) noexcept {
  return family == AF_PACKET || (family == AF_CAN && protocol != CAN_BCM);
}

std::vector<Path> paths(const DialPlan& plan, const Deadline& deadline, io::Observer& observer) {
  std::vector<Path> result;
  const std::vector<Candidate> targets =
      candidates(plan.target, plan.choice, Purpose::connect, deadline, observer);
  if (!plan.source) {
    for (const Candidate& target : targets) result.push_back({target, {}});
    return result;
  }
  const std::vector<Candidate> sources = candidates(fitted(*plan.source, plan.target), plan.choice,
                                                    Purpose::listen, deadline, observer);
  for (const Candidate& target : targets) {
    if (is_only_bound(target.family, target.protocol))
      throw UsageError(target.text + ": this socket can have no source");
    const auto source = std::find_if(sources.begin(), sources.end(), [&](const Candidate& c) {
      return c.address.family() == target.address.family();
    });
    if (source != sources.end()) result.push_back({target, *source, plan.last_source_port});
  }
  if (result.empty())
    throw UsageError("no address of " + to_string(plan.target) +
                     " is of the family of the source " + to_string(*plan.source));
  return result;
}

}  // namespace sock::wire
