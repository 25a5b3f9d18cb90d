// Look-ups that end by a deadline, which getaddrinfo(3) alone does not.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
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

// Asks the system: sock::getaddrinfo. Throws gaierror whose subject is the name and service.
std::vector<AddressInfo> ask_system(const Question&);

using Ask = std::function<std::vector<AddressInfo>(const Question&)>;

// A numeric question, or one without a limit, is answered in place. Otherwise a thread asks, and is
// left behind when the deadline passes: TimeoutError (operation "resolve", subject the name).
// What `ask` throws is thrown here. `ask` may outlive the call.
std::vector<AddressInfo> look_up(const Question&, const Deadline&, const Ask& ask = ask_system);

// An IPv4 address in dotted form, or an IPv6 address with or without %zone: nobody is asked.
bool is_numeric(std::string_view host) noexcept;
// Digits alone, or nothing: a port, and no name of a service.
bool is_number(std::string_view service) noexcept;

// Runs it in a thread of its own that no signal reaches and that nobody waits for: what it uses it
// must own. It must not throw.
void leave_to_thread(std::function<void()>);

}  // namespace sock::wire
