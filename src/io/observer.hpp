// What happened, for whoever shows it: a terminal, a log, a program.
#pragma once

#include <chrono>
#include <exception>
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

// What has passed in a conversation so far.
struct Traffic {
  std::uint64_t sent = 0, received = 0;  // bytes that were delivered
  std::chrono::nanoseconds elapsed{};    // since it began
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
  // Another attempt was faster.
  virtual void attempt_overtaken(std::string_view /*address*/, std::chrono::nanoseconds) {}
  // It will be dialled again after this pause.
  virtual void retrying(std::string_view /*target*/, const std::exception_ptr& /*failure*/,
                        std::chrono::nanoseconds) {}
  // The first bytes of the peer have come.
  virtual void first_byte(std::string_view /*peer*/) {}
  // One direction is over, and the other goes on.
  virtual void half_closed(std::string_view /*peer*/, Direction) {}
  virtual void denied(std::string_view /*peer*/, std::string_view /*reason*/) {}
  // From time to time, while something passes.
  virtual void progress(std::string_view /*peer*/, const Traffic&) {}
  virtual void closed(std::string_view /*peer*/, const Traffic&, std::string_view /*reason*/) {}
  // What is said on standard error, and the exit code.
  virtual void failed(std::string_view /*message*/, int /*exit_code*/) {}
};

}  // namespace sock::io
