// What happened, for whoever shows it: a terminal, a log, a program.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>

#include "sock/address.hpp"
#include "sock/error.hpp"
#include "sock/socket.hpp"

namespace sock::io {

// How a session with one of many peers ended.
struct Closed {
  std::uint64_t number;  // of the session in this run, from 1
  std::string_view peer;
  std::string_view local;
  std::uint64_t received;  // bytes from the peer
  std::uint64_t sent;      // bytes to it
  std::chrono::nanoseconds duration;
  std::string_view reason;  // one word: ended, reset, idle, slow, stopped, exited, failed
  std::string_view detail;  // more where there is more: "exit 3", "signal 9"; else ""
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

  // Of a listener that serves many.
  // Does anybody want accepted(), denied() and closed()? Where nobody does, their names and
  // addresses are not even made.
  virtual bool wants_sessions() const noexcept { return false; }
  // A peer was turned away, by a rule or a limit.
  virtual void denied(std::string_view /*peer*/, std::string_view /*local*/,
                      std::string_view /*reason*/) {}
  virtual void closed(const Closed&) {}
  // A session broke; closed() follows.
  virtual void failed(std::string_view /*peer*/, const std::exception&) {}
  // Bytes of a session, which goes on or ends, did not reach whom they were for.
  virtual void lost(std::string_view /*peer*/, std::string_view /*what*/) {}
  // No more connections are taken for now: the system is out of something. Told once until all who
  // waited were taken.
  virtual void paused(const Error&) {}
};

}  // namespace sock::io
