#include "cmd/flags_dial.hpp"

#include <sys/socket.h>

#include <charconv>

#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

int parse_preference(std::string_view text) {
  if (text == "4") return AF_INET;
  if (text == "6") return AF_INET6;
  throw UsageError("'" + std::string(text) + "': expected 4 or 6");
}

std::optional<std::uint16_t> port_number(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stop != end) return std::nullopt;
  return port;
}

}  // namespace

void add_dial_flags(Options& options, DialFlags& flags) {
  options
      .add_option("--source", &flags.source,
                  "Connect from this ADDRESS of this machine; its port may be a range, of which "
                  "the first free one is taken")
      .type_name("ADDRESS")
      .group("Which socket");
  const char* group = "Getting through";
  options.add_option("--prefer", &flags.prefer, "Try the addresses of IPv4 or of IPv6 first")
      .type_name("4|6")
      .group(group);
  options
      .add_flag("--sequential", &flags.sequential,
                "Try one address after the other, instead of letting them race")
      .group(group);
  options
      .add_option("--wait", &flags.wait,
                  "Try again, for at most this time, while the peer refuses, cannot be reached or "
                  "has no address yet")
      .type_name("TIME")
      .group(group);
  options
      .add_flag("--reconnect", &flags.reconnect,
                "Connect again when the connection is lost before the input has ended")
      .group(group);
}

void add_to_plan(const DialFlags& flags, wire::DialPlan& plan) {
  if (flags.source) {
    const Source source = parse_source_range(*flags.source);
    plan.source = source.endpoint;
    plan.last_source_port = source.last_port;
  }
  if (flags.prefer) plan.preferred = value_of("--prefer", *flags.prefer, parse_preference);
  plan.sequential = flags.sequential;
}

Source parse_source_range(std::string_view text) {
  const auto colon = text.rfind(':');
  const std::size_t start = colon == text.npos ? 0 : colon + 1;
  const auto dash = text.find('-', start);
  const auto first =
      dash == text.npos ? std::nullopt : port_number(text.substr(start, dash - start));
  // A name may have a dash too, a file's above all.
  if (!first || text.find('/') != text.npos) return {wire::parse_source(text)};
  const auto last = port_number(text.substr(dash + 1));
  if (!last) throw wire::EndpointError(text, dash + 2, "a port number, 0 to 65535");
  if (*first == 0 || *last < *first)
    throw wire::EndpointError(text, dash + 2, "a range of ports that goes up, from 1 at least");
  return {wire::parse_source(text.substr(0, dash)), *last};
}

}  // namespace sock::cmd
