// What a probe found, in words and as an exit code. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include "cmd/exit.hpp"

namespace sock::cmd {

// In the order in which one address of several counts more than another.
enum class PortState : std::uint8_t {
  open,         // a connection was made, or a datagram was answered
  silent,       // "open|filtered": a datagram was sent, and nothing came back
  closed,       // refused: the host is there, and nobody listens
  filtered,     // no answer to an attempt to connect
  unreachable,  // the network says that it does not get there
  unresolved,   // the name has no address
  insecure,     // there is a connection, but TLS fails or the certificate is not accepted
  failed,       // it could not be tried; the cause says why
};
std::string_view text(PortState) noexcept;

struct ProbeResult {
  std::string target;   // as an address is shown
  std::string address;  // that answered; "" where none did
  PortState state = PortState::failed;
  std::chrono::nanoseconds look_up{};  // of its name, 0 where nobody was asked
  // From the attempt's begin, or the datagram, to the answer; 0 where none came.
  std::chrono::nanoseconds time{};
  std::string note;  // the cause
  std::string tls;   // what was agreed on, where that is open
  Exit exit = Exit::done;
};

// What a failed dial says about its target. Throws UsageError where the failure is one.
PortState state_of(const std::exception_ptr&);
// Its causes in words, each once.
std::string note_of(const std::exception_ptr&);

// closed and unreachable are 4, filtered and silent 5, unresolved 3, insecure 6; failed by its
// cause.
Exit exit_of(PortState, const std::exception_ptr& cause);

// One open is enough with `any`, else all have to be. If not, the highest code.
Exit exit_of(std::span<const ProbeResult>, bool any);

}  // namespace sock::cmd
