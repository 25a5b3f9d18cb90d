// CAN_RAW sockets: which frames they take, and how fast they send.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sock/socket.hpp"
#include "wire/dial.hpp"

namespace sock::wire {

// Frames of CAN FD are sent and taken as well, a burst waits for the interface instead of failing,
// and one that comes has room where this process may have it. Other sockets are left alone. Throws
// Error.
void set_up_can(Socket&);

// As candump(1) has them, separated by commas: "123:7FF" (identifier and mask), "123~7FF" (all but
// those), "#1FFFFFFF" (errors of these classes), "j" (each filter has to match, not any of them).
// Pure. Throws UsageError with the column.
std::vector<SocketOption> can_filter_options(std::string_view);

}  // namespace sock::wire
