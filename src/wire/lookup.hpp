// Look-ups that end by a deadline, which getaddrinfo(3) alone does not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sock/resolve.hpp"
#include "sock/timeout.hpp"

namespace sock::wire {

struct Question {
  std::optional<std::string> host;
  std::optional<std::string> service;
  int family = AF_UNSPEC;
  int type = 0;
  int protocol = 0;
  int flags = 0;
};

// A numeric question, or one without a limit, is answered in place. Otherwise a thread asks, and is
// left behind when the deadline passes: TimeoutError. Throws gaierror whose subject is the name.
std::vector<AddressInfo> look_up(const Question&, const Deadline&);

}  // namespace sock::wire
