// The values of options: text to durations, sizes, socket options and names of constants. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sock/names.hpp"
#include "wire/candidates.hpp"
#include "wire/dial.hpp"

namespace sock::cmd {

using wire::UsageError;

// All throw UsageError, whose text repeats the value and says what was expected.

// "500ms", "5s", "2m", "1h", "1.5s"; a bare number is seconds. At most 876000h.
std::chrono::nanoseconds parse_duration(std::string_view);

// "512", "64k", "10M", "1G": powers of 1024, in bytes.
std::uint64_t parse_size(std::string_view);
// The same, from `least` to `most`.
std::uint64_t parse_size(std::string_view, std::uint64_t least, std::uint64_t most);

// "10M/s", "500k": a size above 0, in bytes a second.
std::uint64_t parse_rate(std::string_view);

// A whole number from `least` to `most`, in decimal.
std::int64_t parse_number(std::string_view, std::int64_t least, std::int64_t most);

// "SO_RCVBUF=1M", "TCP_NODELAY" (on), "SO_KEEPALIVE=off", "SO_LINGER=5s", "SO_RCVTIMEO=500ms": the
// name says how the value reads (names::options()).
wire::SocketOption parse_socket_option(std::string_view);

// A family, type, protocol by name or number: "inet6", "AF_INET6", "10". `what` names the kind for
// the error.
int parse_name(names::Kind, std::string_view what, std::string_view text, int family = 0);

// What `parse` makes of an option's value; its UsageError then begins with the option.
template <class Parse>
auto value_of(std::string_view option, std::string_view text, Parse parse) {
  try {
    return parse(text);
  } catch (const UsageError& error) {
    throw UsageError(std::string(option) + ' ' + error.what());
  }
}

// "5s", "1.5s", "500ms", "2m", as parse_duration reads it back; past a second rounded to ms.
std::string show_duration(std::chrono::nanoseconds);

// "1 byte", "20 bytes".
std::string show_bytes(std::uint64_t);

}  // namespace sock::cmd
