// What happened, for whoever shows it: a terminal, a log, a program.
#pragma once

#include <chrono>
#include <exception>
#include <string_view>

#include "sock/address.hpp"
#include "sock/error.hpp"
#include "sock/socket.hpp"

namespace sock::io {

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
};

}  // namespace sock::io
