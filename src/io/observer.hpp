// What happened, for whoever shows it: a terminal, a log, a program.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "sock/address.hpp"
#include "sock/error.hpp"
#include "sock/socket.hpp"

namespace sock::io {

enum class Direction : std::uint8_t {
  out,  // to the peer
  in,   // from the peer
};

// All do nothing unless overridden.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void resolving(std::string_view /*name*/) {}
  virtual void resolved(std::string_view /*name*/, std::size_t /*addresses*/,
                        std::chrono::nanoseconds) {}
  virtual void attempt(std::string_view /*address*/) {}
  virtual void attempt_failed(std::string_view /*address*/, const Error&,
                              std::chrono::nanoseconds) {}
  virtual void connected(const Socket&, std::string_view /*address*/, std::chrono::nanoseconds) {}
  virtual void listening(const Socket&, std::string_view /*address*/) {}
  virtual void accepted(const Socket&, std::string_view /*peer*/) {}
  // The first bytes of the peer have come.
  virtual void first_byte(std::string_view /*peer*/) {}
  // One direction is over, and the other goes on.
  virtual void half_closed(std::string_view /*peer*/, Direction) {}
};

}  // namespace sock::io
