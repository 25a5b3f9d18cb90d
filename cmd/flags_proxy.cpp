#include "cmd/flags_proxy.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "cmd/values.hpp"
#include "wire/endpoint.hpp"
#include "wire/lookup.hpp"

namespace sock::cmd {
namespace {

constexpr std::string_view from_environment = "env";

wire::ProxyPlan plan_of_environment(const ProxyFlags& flags) {
  wire::ProxyPlan plan;
  plan.if_possible = true;
  plan.no_proxy = flags.no_proxy.value_or("");
  if (!flags.all_proxy.value_or("").empty())
    plan.hops = value_of("ALL_PROXY", *flags.all_proxy, wire::parse_proxies);
  return plan;
}

std::uint16_t number_of(const std::string& port) {
  return static_cast<std::uint16_t>(parse_number(port, 0, 65535));
}

// An end of a connection as it is said of it: nobody is asked for names.
Address end_of(std::string_view text) {
  const auto wrong = [&] {
    return UsageError(
        fmt::format("'{}': expected a numeric address with a port, or unix:PATH", text));
  };
  try {
    const wire::Endpoint endpoint = wire::parse_endpoint(text);
    if (const auto* file = std::get_if<wire::UnixEndpoint>(&endpoint))
      return Address::unix_(file->path);
    const auto* inet = std::get_if<wire::InetEndpoint>(&endpoint);
    if (!inet || !wire::is_numeric(inet->host)) throw wrong();
    const bool six = inet->host.find(':') != std::string::npos;
    return six ? Address::inet6(inet->host, number_of(inet->port))
               : Address::inet(inet->host, number_of(inet->port));
  } catch (const wire::EndpointError&) {
    throw wrong();
  }
}

wire::ProxiedEnds ends_of(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos)
    throw UsageError(fmt::format("'{}': expected SRC,DST", text));
  wire::ProxiedEnds ends{end_of(text.substr(0, comma)), end_of(text.substr(comma + 1))};
  if (ends.source.family() != ends.destination.family())
    throw UsageError(fmt::format("'{}': expected two addresses of one family", text));
  return ends;
}

wire::Announcement parse_announcement(std::string_view text) {
  using Version = wire::Announcement::Version;
  const std::string_view version = text.substr(0, text.find('='));
  if (version != "v1" && version != "v2")
    throw UsageError(fmt::format("'{}': expected v1 or v2", text));
  wire::Announcement announcement{version == "v1" ? Version::v1 : Version::v2};
  if (version.size() < text.size()) announcement.ends = ends_of(text.substr(version.size() + 1));
  if (announcement.version == Version::v1 && announcement.ends &&
      announcement.ends->source.family() == AF_UNIX)
    throw UsageError(fmt::format("'{}': version 1 has no words for Unix sockets", text));
  return announcement;
}

}  // namespace

void add_proxy_flags(Options& options, ProxyFlags& flags) {
  const char* group = "Proxies";
  options
      .add_option("--proxy", &flags.proxy,
                  "Go through these proxies, left to right: socks5h://user@host:1080, "
                  "http://host:3128, also socks5, socks4a, socks4; 'env' takes ALL_PROXY and "
                  "NO_PROXY")
      .type_name("URL[,URL]...|env")
      .group(group);
  options
      .add_option("--proxy-password-file", &flags.password_file,
                  "Read the passwords of the proxies' users, one a line; without it "
                  "SOCK_PROXY_PASSWORD has them, or the terminal is asked")
      .type_name("FILE")
      .group(group);
}

void add_connection_flags(Options& options, ProxyFlags& flags) {
  const char* group = "Proxies";
  options
      .add_option("--proxy-protocol", &flags.announcement,
                  "Send a header of the PROXY protocol first, with the connection's own addresses "
                  "or these")
      .type_name("v1|v2[=SRC,DST]")
      .group(group);
  options
      .add_flag("--pass-fd", &flags.pass_fd,
                "Hand the connected socket to the program at standard output, as ssh's "
                "ProxyUseFdpass wants it")
      .group(group);
}

std::optional<wire::Announcement> announcement_of(const ProxyFlags& flags) {
  if (!flags.announcement) return std::nullopt;
  return value_of("--proxy-protocol", *flags.announcement, parse_announcement);
}

wire::ProxyPlan proxy_plan(const ProxyFlags& flags) {
  if (!flags.proxy) {
    if (flags.password_file) throw UsageError("--proxy-password-file: only with --proxy");
    return {};
  }
  if (*flags.proxy == from_environment) return plan_of_environment(flags);
  wire::ProxyPlan plan;
  plan.hops = value_of("--proxy", *flags.proxy, wire::parse_proxies);
  const bool secret = std::any_of(plan.hops.begin(), plan.hops.end(),
                                  [](const wire::ProxyHop& hop) { return hop.password; });
  if (secret)
    throw UsageError(
        "--proxy: a password on the command line can be read by everybody on this machine; leave "
        "it "
        "out there, and give it with --proxy-password-file, in SOCK_PROXY_PASSWORD or when asked");
  return plan;
}

}  // namespace sock::cmd
