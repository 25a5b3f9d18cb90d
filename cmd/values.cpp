#include "cmd/values.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <charconv>
#include <climits>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "cmd/nearest.hpp"

namespace sock::cmd {
namespace {

using std::chrono::nanoseconds;

[[noreturn]] void expected(std::string_view text, std::string_view what) {
  throw UsageError(fmt::format("'{}': expected {}", text, what));
}

std::vector<std::string> option_names() {
  std::vector<std::string> all;
  for (const names::Option& option : names::options()) all.emplace_back(option.text.view());
  return all;
}

template <class T>
std::string bytes_of(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

bool is_on(std::string_view text) { return text == "on" || text == "1" || text == "yes"; }
bool is_off(std::string_view text) { return text == "off" || text == "0" || text == "no"; }

std::string boolean_bytes(std::string_view text) {
  if (!is_on(text) && !is_off(text)) expected(text, "on or off");
  return bytes_of(is_on(text) ? 1 : 0);
}

std::string integer_bytes(std::string_view text) {
  return bytes_of(static_cast<int>(parse_number(text, INT_MIN, INT_MAX)));
}

std::string size_bytes(std::string_view text) {
  const std::uint64_t size = parse_size(text);
  if (size > INT_MAX) expected(text, "a size below 2G");
  return bytes_of(static_cast<int>(size));
}

std::string size64_bytes(std::string_view text) { return bytes_of(parse_size(text)); }

std::string linger_bytes(std::string_view text) {
  linger value{};
  if (text == "off") return bytes_of(value);
  const auto time = parse_duration(text);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time);
  if (time != seconds || seconds.count() > INT_MAX) expected(text, "whole seconds, or off");
  value.l_onoff = 1;
  value.l_linger = static_cast<int>(seconds.count());
  return bytes_of(value);
}

std::string time_bytes(std::string_view text) {
  const auto micros = std::chrono::ceil<std::chrono::microseconds>(parse_duration(text)).count();
  return bytes_of(timeval{.tv_sec = micros / 1'000'000, .tv_usec = micros % 1'000'000});
}

std::string ipv4_bytes(std::string_view text) {
  in_addr value{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &value) != 1)
    expected(text, "an IPv4 address such as 192.0.2.1");
  return bytes_of(value);
}

std::string option_bytes(names::OptionValue kind, std::string_view text) {
  switch (kind) {
    case names::OptionValue::boolean:
      return boolean_bytes(text);
    case names::OptionValue::integer:
      return integer_bytes(text);
    case names::OptionValue::size:
      return size_bytes(text);
    case names::OptionValue::size64:
      return size64_bytes(text);
    case names::OptionValue::linger:
      return linger_bytes(text);
    case names::OptionValue::time:
      return time_bytes(text);
    case names::OptionValue::ipv4:
      return ipv4_bytes(text);
    case names::OptionValue::text:
      break;
  }
  return std::string(text);
}

}  // namespace

nanoseconds parse_duration(std::string_view text) {
  struct Unit {
    std::string_view text;
    std::int64_t nanoseconds;
  };
  static constexpr std::array<Unit, 7> units{{{"", 1'000'000'000},
                                              {"ns", 1},
                                              {"us", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"h", 3600'000'000'000}}};
  const auto unit_at = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = text.substr(0, unit_at);
  const auto point = std::min(number.find('.'), number.size());
  const auto whole = number.substr(0, point);
  const auto fraction = number.substr(std::min(point + 1, number.size()));
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [&](const Unit& one) { return one.text == text.substr(unit_at); });
  if (unit == units.end() || whole.size() + fraction.size() == 0 ||
      fraction.find('.') != std::string_view::npos)
    expected(text, "a time such as 500ms, 5s, 2m or 1h");
  // Far below the clock's range, so that a moment so far ahead can be computed.
  constexpr std::int64_t most = 876'000 * 3600'000'000'000;
  std::int64_t count = 0;
  for (const char digit : whole) {
    const std::int64_t value = digit - '0';
    if (count > (most / unit->nanoseconds - value) / 10)
      expected(text, "a time of at most 876000h");
    count = count * 10 + value;
  }
  std::int64_t rest = 0;  // what the fraction comes to, rounded up
  for (auto at = fraction.rbegin(); at != fraction.rend(); ++at)
    rest = (rest + (*at - '0') * unit->nanoseconds + 9) / 10;
  return nanoseconds(count * unit->nanoseconds + rest);
}

std::uint64_t parse_size(std::string_view text) {
  static constexpr std::string_view units = "kMGT";
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(stop - text.data()));
  const std::size_t power = unit.empty() ? 0 : units.find(unit == "K" ? 'k' : unit[0]) + 1;
  if (error == std::errc::invalid_argument || unit.size() > 1 || (power == 0 && !unit.empty()))
    expected(text, "a size such as 512, 64k, 10M or 1G");
  const unsigned shift = static_cast<unsigned>(10 * power);
  if (error != std::errc() || number > UINT64_MAX >> shift) expected(text, "a size below 2^64");
  return number << shift;
}

std::uint64_t parse_size(std::string_view text, std::uint64_t least, std::uint64_t most) {
  const std::uint64_t size = parse_size(text);
  if (size < least) expected(text, fmt::format("a size of at least {}", least));
  if (size > most) expected(text, fmt::format("a size of at most {}", most));
  return size;
}

std::uint64_t parse_rate(std::string_view text) {
  const std::string_view size = text.ends_with("/s") ? text.substr(0, text.size() - 2) : text;
  try {
    if (const std::uint64_t rate = parse_size(size); rate > 0) return rate;
  } catch (const UsageError&) {
  }
  expected(text, "a rate such as 500k/s or 10M/s");
}

std::int64_t parse_number(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < least || number > most)
    expected(text, fmt::format("a number from {} to {}", least, most));
  return number;
}

wire::SocketOption parse_socket_option(std::string_view text) {
  const auto equals = text.find('=');
  const names::Option* option = names::option(text.substr(0, equals));
  if (!option)
    expected(text, "the name of a socket option such as SO_RCVBUF, TCP_NODELAY or IP_TTL=3" +
                       perhaps_meant(text.substr(0, equals), option_names()));
  const bool given = equals != std::string_view::npos;
  if (!given && option->value != names::OptionValue::boolean)
    expected(text, fmt::format("{}=VALUE", option->text.view()));
  try {
    return {option->level, option->name,
            option_bytes(option->value, given ? text.substr(equals + 1) : "on"), std::string(text)};
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", option->text.view(), error.what()));
  }
}

int parse_name(names::Kind kind, std::string_view what, std::string_view text, int family) {
  if (const auto value = names::value(kind, text, family)) return *value;
  std::string known;
  for (const names::Name& name : names::all()) {
    if (name.kind != kind || known.size() > 200) continue;
    if (kind == names::Kind::protocol && name.family != family) continue;
    known += known.empty() ? "" : ", ";
    known += name.text.view();
  }
  expected(text, fmt::format("a {}: a number, or one of {}", what, known));
}

std::string show_duration(nanoseconds time) {
  struct Unit {
    std::int64_t nanoseconds;
    const char* text;
  };
  static constexpr std::array<Unit, 3> whole{
      {{3600'000'000'000, "h"}, {60'000'000'000, "m"}, {1'000'000'000, "s"}}};
  for (const Unit& unit : whole) {
    if (time.count() > 0 && time.count() % unit.nanoseconds == 0)
      return fmt::format("{}{}", time.count() / unit.nanoseconds, unit.text);
  }
  const auto ms = std::chrono::round<std::chrono::milliseconds>(time).count();
  if (ms >= 1000) return fmt::format("{}s", static_cast<double>(ms) / 1000);
  return fmt::format("{:.3g}ms", static_cast<double>(time.count()) / 1e6);
}

std::string show_bytes(std::uint64_t count) {
  return fmt::format("{} byte{}", count, count == 1 ? "" : "s");
}

}  // namespace sock::cmd
