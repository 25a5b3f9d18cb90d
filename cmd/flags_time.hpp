// Options that bound every wait.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/options.hpp"
#include "sock/timeout.hpp"

namespace sock::cmd {

struct TimeFlags {
  std::optional<std::string> timeout, idle_timeout, deadline, linger;
};

struct Limits {
  Timeout timeout = {};                                   // of the attempt
  std::string_view timeout_name = "--timeout";            // what has set it
  std::optional<std::chrono::nanoseconds> idle = {};      // without a byte in either direction
  std::optional<std::chrono::nanoseconds> linger = {};    // from the first end
  std::optional<std::chrono::nanoseconds> deadline = {};  // of the whole run

  bool operator==(const Limits&) const = default;
};

// `attempt`: what --timeout bounds in this command.
void add_time_flags(Options&, TimeFlags&, const std::string& attempt);
void add_timeout_flag(Options&, std::optional<std::string>&, const std::string& what);
void add_deadline_flag(Options&, std::optional<std::string>&);

// `default_timeout` holds where --timeout is not given. Throws UsageError.
Limits limits_of(const TimeFlags&, Timeout default_timeout);

// How long an attempt may take, and why: "--timeout 5s", or "--deadline 2s" where that ends it
// first.
struct AttemptLimit {
  std::chrono::nanoseconds time;
  std::string name;
};
// Of an attempt that begins when `spent` of the run is over; nothing: it may take for ever.
std::optional<AttemptLimit> attempt_limit(const Limits&, std::chrono::nanoseconds spent = {});

// The same where there is no deadline: --timeout as it is given, else the default.
std::optional<AttemptLimit> timeout_limit(const std::optional<std::string>& timeout,
                                          Timeout default_timeout);

// A time above 0, where one is given. Throws UsageError.
std::optional<std::chrono::nanoseconds> limit_of(const char* option,
                                                 const std::optional<std::string>&);

}  // namespace sock::cmd
