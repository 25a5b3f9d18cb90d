#include "cmd/flags_proxy.hpp"

#include <algorithm>

#include "cmd/values.hpp"

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
