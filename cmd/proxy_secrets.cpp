#include "cmd/proxy_secrets.hpp"

#include <algorithm>
#include <cstdlib>

#include "cmd/ask_terminal.hpp"
#include "cmd/explain.hpp"
#include "cmd/file_text.hpp"
#include "cmd/values.hpp"
#include "io/lines.hpp"
#include "sock/error.hpp"

namespace sock::cmd {
namespace {

constexpr const char* variable = "SOCK_PROXY_PASSWORD";

std::optional<std::string> environment(const char* name, const char* lower_case) {
  for (const char* one : {name, lower_case})
    if (const char* value = std::getenv(one); value && *value) return value;
  return std::nullopt;
}

std::string contents_of(const std::string& path) try {
  return text_of_file(path);
} catch (const Error& error) {
  throw UsageError("--proxy-password-file: " + explain(error));
}

}  // namespace

void take_proxy_environment(ProxyFlags& flags) {
  if (flags.proxy != "env") return;
  flags.all_proxy = environment("ALL_PROXY", "all_proxy");
  flags.no_proxy = environment("NO_PROXY", "no_proxy");
}

void take_passwords(wire::ProxyPlan& plan, std::string_view text, const std::string& where) {
  std::string_view line;
  for (wire::ProxyHop& hop : plan.hops) {
    if (!wire::lacks_password(hop)) continue;
    if (!text.empty()) line = io::take_line(text);
    if (line.empty())
      throw UsageError(where + ": expected the password of " + hop.user + " at " + to_string(hop));
    hop.password = line;
  }
}

void ask_passwords(wire::ProxyPlan& plan,
                   const std::function<std::string(const std::string&)>& ask) {
  for (wire::ProxyHop& hop : plan.hops)
    if (wire::lacks_password(hop))
      hop.password = ask("Password of " + hop.user + " at " + to_string(hop) + ": ");
}

void supply_passwords(wire::ProxyPlan& plan, const std::optional<std::string>& file) {
  if (std::none_of(plan.hops.begin(), plan.hops.end(), wire::lacks_password)) return;
  if (file) return take_passwords(plan, contents_of(*file), "--proxy-password-file " + *file);
  if (const char* text = std::getenv(variable)) return take_passwords(plan, text, variable);
  ask_passwords(plan, ask_terminal);
}

}  // namespace sock::cmd
