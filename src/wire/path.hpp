// From a plan to the ways on which its target may be reached.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "io/observer.hpp"
#include "sock/timeout.hpp"
#include "wire/candidates.hpp"
#include "wire/dial.hpp"

namespace sock::wire {

struct Path {
  Candidate target;
  std::optional<Candidate> source;
  std::uint16_t last_source_port = 0;  // as in DialPlan
};

// Every target that the source can reach, with the first source of its family. Looks names up, and
// so waits until the deadline. Not for fd:N. Throws as candidates() does, and UsageError where no
// target has a source.
std::vector<Path> paths(const DialPlan&, const Deadline&, io::Observer&);

// connect(2) means nothing to these: to be bound to the interface is all there is.
bool is_only_bound(int family, int protocol) noexcept;

}  // namespace sock::wire
