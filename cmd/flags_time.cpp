#include "cmd/flags_time.hpp"

#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

constexpr const char* group = "Limits";

void set_timeout(Limits& limits, const std::optional<std::string>& given, Timeout default_timeout) {
  const auto timeout = limit_of("--timeout", given);
  limits.timeout = timeout ? Timeout(*timeout) : default_timeout;
  if (!timeout && default_timeout.value()) limits.timeout_name = "SOCK_TIMEOUT";
}

}  // namespace

void add_timeout_flag(Options& options, std::optional<std::string>& timeout,
                      const std::string& what) {
  options.add_option("-w,--timeout", &timeout, what + " (SOCK_TIMEOUT sets the default)")
      .type_name("TIME")
      .group(group);
}

void add_deadline_flag(Options& options, std::optional<std::string>& deadline) {
  options.add_option("--deadline", &deadline, "End the whole run after this time")
      .type_name("TIME")
      .group(group);
}

void add_time_flags(Options& options, TimeFlags& flags, const std::string& attempt) {
  add_timeout_flag(options, flags.timeout, attempt);
  options
      .add_option("--idle-timeout", &flags.idle_timeout,
                  "End when no byte has moved in either direction for this time")
      .type_name("TIME")
      .group(group);
  options
      .add_option("--linger", &flags.linger,
                  "After the first direction has ended, wait at most this time for the other")
      .type_name("TIME")
      .group(group);
  add_deadline_flag(options, flags.deadline);
}

std::optional<std::chrono::nanoseconds> limit_of(const char* option,
                                                 const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const auto time = value_of(option, *text, parse_duration);
  if (time.count() == 0)
    throw UsageError(std::string(option) + " '" + *text + "': expected a time above 0");
  return time;
}

Limits limits_of(const TimeFlags& flags, Timeout default_timeout) {
  Limits limits;
  set_timeout(limits, flags.timeout, default_timeout);
  limits.idle = limit_of("--idle-timeout", flags.idle_timeout);
  if (flags.linger) limits.linger = value_of("--linger", *flags.linger, parse_duration);
  limits.deadline = limit_of("--deadline", flags.deadline);
  return limits;
}

std::optional<AttemptLimit> attempt_limit(const Limits& limits, std::chrono::nanoseconds spent) {
  const auto timeout = limits.timeout.value();
  if (limits.deadline && (!timeout || *limits.deadline - spent < *timeout))
    return AttemptLimit{*limits.deadline - spent, "--deadline " + show_duration(*limits.deadline)};
  if (!timeout) return std::nullopt;
  return AttemptLimit{*timeout, std::string(limits.timeout_name) + ' ' + show_duration(*timeout)};
}

std::optional<AttemptLimit> timeout_limit(const std::optional<std::string>& timeout,
                                          Timeout default_timeout) {
  Limits limits;
  set_timeout(limits, timeout, default_timeout);
  return attempt_limit(limits);
}

}  // namespace sock::cmd
