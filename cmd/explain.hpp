// Failures in words: what was done to what, why it failed, and what to do about it. Pure.
#pragma once

#include <exception>
#include <string>
#include <system_error>

#include "sock/error.hpp"

namespace sock::cmd {

// "connection refused", "EAI_NONAME: name or service not known".
std::string cause_of(const std::error_code&);
// The same, or the words that the error has of its own.
std::string cause_of(const Error&);

// What to do about it, where that is known, else "".
std::string cure_of(const Error&);

// "connect 192.0.2.1:81: connection refused; nothing listens there". Of several attempts one line
// each, and a cure once.
std::string explain(const std::exception&);
std::string explain(const std::exception_ptr&);

}  // namespace sock::cmd
