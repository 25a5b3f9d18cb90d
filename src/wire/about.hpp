// Errors of one socket call, told about the address the user knows.
#pragma once

#include <string>
#include <utility>

#include "sock/error.hpp"

namespace sock::wire {

// Runs `call`. An Error of the system or of the library that it throws is thrown again with
// `subject`, operation and cause as they were.
template <class Call>
decltype(auto) about(const std::string& subject, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const Error& e) {
    if (e.code().category() == std::system_category())
      throw_errno(e.code().value(), e.operation(), subject);
    if (e.code().category() == error_category())
      throw_error(static_cast<Errc>(e.code().value()), e.operation(), subject);
    throw;
  }
}

}  // namespace sock::wire
