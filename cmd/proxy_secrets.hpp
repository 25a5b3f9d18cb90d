// What is needed for proxies and does not stand on the command line.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/flags_proxy.hpp"
#include "wire/proxy.hpp"

namespace sock::cmd {

// Reads ALL_PROXY and NO_PROXY, or all_proxy and no_proxy, where --proxy env asks for them.
void take_proxy_environment(ProxyFlags&);

// Gives each user without a password the next line of the text, and the last line to all that are
// left. Throws UsageError where there is none; `where` is the text's name. Pure.
void take_passwords(wire::ProxyPlan&, std::string_view text, const std::string& where);

// Asks for each password that is missing, by the words that are to be shown. Pure but for `ask`.
void ask_passwords(wire::ProxyPlan&, const std::function<std::string(const std::string&)>& ask);

// From the file, else SOCK_PROXY_PASSWORD, else the terminal, where any is missing. Throws Error,
// UsageError, Interrupted.
void supply_passwords(wire::ProxyPlan&, const std::optional<std::string>& file);

}  // namespace sock::cmd
