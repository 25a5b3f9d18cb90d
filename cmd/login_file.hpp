// The users of a proxy and their passwords.
#pragma once

#include <string>
#include <string_view>

#include "cmd/console.hpp"
#include "wire/credentials.hpp"

namespace sock::cmd {

// Lines "user:password"; one that is empty or begins with "#" is none. Throws UsageError, which has
// the line's number and no word of it.
wire::Logins parse_logins(std::string_view text);

// Of a file. That others than its owner can read it is said. Throws Error, UsageError.
wire::Logins read_logins(const std::string& path, const Console&);

}  // namespace sock::cmd
