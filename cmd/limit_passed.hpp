// Our own limits, once they have passed: which of them it was.
#pragma once

#include <string>
#include <utility>

#include "sock/error.hpp"

namespace sock::cmd {

class LimitPassed : public TimeoutError {
 public:
  // `limit`: as it was given, "--timeout 5s".
  LimitPassed(const TimeoutError& what, std::string limit)
      : TimeoutError(what.code(), what.operation(), what.subject(), what.transferred()),
        limit_(std::move(limit)) {}
  const std::string& limit() const noexcept { return limit_; }

 private:
  std::string limit_;
};

// What `call` gives. That our own limit has passed is thrown with its name; what the system calls a
// time-out is none of ours.
template <class Call>
auto within(const std::string& limit, Call call) {
  try {
    return call();
  } catch (const TimeoutError& error) {
    if (error.code() != Errc::timed_out) throw;
    throw LimitPassed(error, limit);
  }
}

}  // namespace sock::cmd
