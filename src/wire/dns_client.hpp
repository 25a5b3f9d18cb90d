// One question to one name server.
#pragma once

#include <chrono>

#include "sock/address.hpp"
#include "sock/timeout.hpp"
#include "wire/dns_message.hpp"

namespace sock::wire {

struct DnsReply {
  DnsAnswer answer;
  std::chrono::nanoseconds took{};
  bool tcp = false;  // it was too large for a datagram
};

// Asks by UDP, once a second until there is an answer, and by TCP when that is cut. Blocks until
// the deadline at most: TimeoutError. Also throws Error, whose subject is the server, and DnsError.
DnsReply ask_dns(const Address& server, const DnsQuestion&, const Deadline&);

}  // namespace sock::wire
