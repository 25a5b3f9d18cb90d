#include "cmd/flags_serve.hpp"

#include <stdexcept>
#include <utility>

#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

serve::ProxyProtocol parse_protocol(std::string_view text) {
  if (text == "socks5") return serve::ProxyProtocol::socks5;
  if (text == "http-connect") return serve::ProxyProtocol::http_connect;
  throw UsageError("'" + std::string(text) + "': expected socks5 or http-connect");
}

serve::Destination parse_destination(std::string_view text) try {
  return serve::parse_destination(text);
} catch (const UsageError&) {
  throw;
} catch (const std::invalid_argument& error) {
  throw UsageError(error.what());
}

}  // namespace

void add_serve_flags(Options& options, ServeFlags& flags) {
  const char* group = "A proxy";
  options
      .add_option("--serve", &flags.serve,
                  "A connection to wherever it asks for: be a proxy; with -p on this machine alone")
      .type_name("socks5|http-connect")
      .group(group);
  options
      .add_option("--auth", &flags.auth,
                  "Serve only who logs in: lines user:password, read at the start")
      .type_name("FILE")
      .group(group);
  options
      .add_option("--allow-to", &flags.allow_to,
                  "Connect only to these: a network, an address, a name, .DOMAIN or all, then "
                  ":PORT or :FIRST-LAST, or these alone; may be repeated")
      .type_name("WHERE")
      .group(group);
  options.add_option("--deny-to", &flags.deny_to, "Do not connect to these; may be repeated")
      .type_name("WHERE")
      .group(group);
}

std::optional<ServePlan> serve_plan(const ServeFlags& flags) {
  if (!flags.serve) {
    for (const auto& [option, given] : {std::pair("--auth", flags.auth.has_value()),
                                        std::pair("--allow-to", !flags.allow_to.empty()),
                                        std::pair("--deny-to", !flags.deny_to.empty())})
      if (given) throw UsageError(std::string(option) + ": only with --serve");
    return std::nullopt;
  }
  ServePlan plan;
  plan.protocol = value_of("--serve", *flags.serve, parse_protocol);
  plan.auth = flags.auth.value_or("");
  if (flags.auth && plan.auth.empty()) throw UsageError("--auth: the name of a file is empty");
  for (const std::string& text : flags.allow_to)
    plan.rules.push_back({true, value_of("--allow-to", text, parse_destination)});
  for (const std::string& text : flags.deny_to)
    plan.rules.push_back({false, value_of("--deny-to", text, parse_destination)});
  return plan;
}

}  // namespace sock::cmd
