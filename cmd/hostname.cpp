#include "cmd/hostname.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "cmd/bounded.hpp"
#include "cmd/exit.hpp"
#include "cmd/explain.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/limit_passed.hpp"
#include "cmd/table.hpp"
#include "cmd/values.hpp"
#include "sock/error.hpp"
#include "sock/resolve.hpp"
#include "sock/socket.hpp"
#include "wire/interfaces.hpp"

namespace sock::cmd {
namespace {

using Json = nlohmann::ordered_json;
using Do = HostnamePlan::Do;

// With the %scope that a link's address needs to be dialed.
std::string text_of(const Address& address) {
  return getnameinfo(address, NI_NUMERICHOST | NI_NUMERICSERV).first;
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string addresses_text(bool json) {
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const wire::InterfaceAddress& one : wire::interface_addresses()) {
    const std::string address = text_of(one.address), scope(scope_of(one.address));
    list.push_back({{"address", address}, {"interface", one.interface}, {"scope", scope}});
    rows.push_back({address, one.interface, scope});
  }
  return json ? line_of({{"hostname", gethostname()}, {"addresses", list}}) : aligned(rows);
}

std::variant<HostEntry, std::string> entry_of(const std::string& own, Timeout timeout) try {
  return bounded(own, timeout, [own] { return gethostbyaddr(own); });
} catch (const Error& error) {
  return explain(error);
}

std::string full_name(const std::string& own, const HostnamePlan& plan, const Console& console) {
  std::string fqdn =
      within(plan.limit, [&] { return bounded(own, plan.timeout, [] { return getfqdn(); }); });
  if (console.verbose()) console.detail(fqdn_steps(own, entry_of(own, plan.timeout), fqdn));
  return fqdn;
}

void say(const HostnamePlan& plan, const char* key, std::string_view value,
         const Console& console) {
  console.data(plan.json ? line_of({{key, value}}) : std::string(value) + '\n');
}

}  // namespace

HostnamePlan plan(const HostnameFlags& flags, Timeout default_timeout) {
  if (flags.fqdn + flags.short_form + flags.domain + flags.addresses + flags.set.has_value() > 1)
    throw UsageError(
        "--fqdn, --short, --domain, --addresses and --set: only one of them can be given");
  HostnamePlan plan;
  if (flags.timeout && !flags.fqdn && !flags.domain)
    throw UsageError("--timeout: only --fqdn and --domain look a name up");
  if (auto limit = timeout_limit(flags.timeout, default_timeout)) {
    plan.timeout = limit->time;
    plan.limit = std::move(limit->name);
  }
  plan.json = flags.json;
  if (flags.fqdn) plan.action = Do::fqdn;
  if (flags.short_form) plan.action = Do::short_form;
  if (flags.domain) plan.action = Do::domain;
  if (flags.addresses) plan.action = Do::addresses;
  if (!flags.set) return plan;
  if (flags.json) throw UsageError("--set and --json: nothing is printed");
  // sethostname(2) takes no more.
  if (flags.set->empty() || flags.set->size() > HOST_NAME_MAX)
    throw UsageError("--set '" + *flags.set + "': expected a name of 1 to 64 bytes");
  plan.action = Do::set;
  plan.name = *flags.set;
  return plan;
}

std::string_view short_name_of(std::string_view name) noexcept {
  return name.substr(0, name.find('.'));
}

std::string_view domain_of(std::string_view name) noexcept {
  return name.substr(std::min(short_name_of(name).size() + 1, name.size()));
}

std::string fqdn_steps(const std::string& own, const std::variant<HostEntry, std::string>& found,
                       const std::string& fqdn) {
  std::string text = "gethostname: " + own;
  if (const auto* failure = std::get_if<std::string>(&found))
    return text + "\n" + *failure + "\nso the name itself: " + fqdn;
  const auto& entry = std::get<HostEntry>(found);
  text += "\ngethostbyaddr " + own + ": " + entry.name;
  for (const std::string& alias : entry.aliases) text += ", alias " + alias;
  for (const std::string& address : entry.addresses) text += ", address " + address;
  const bool dotted = fqdn.find('.') != std::string::npos;
  return text +
         (dotted ? "\nthe first of the names with a dot: "
                 : "\nnone of the names has a dot, so the first: ") +
         fqdn;
}

std::string_view scope_of(const Address& address) {
  const std::string host = address.host();
  if (address.family() == AF_INET) {
    if (host.starts_with("127.")) return "host";
    return host.starts_with("169.254.") ? "link" : "global";
  }
  sockaddr_in6 in6{};
  std::memcpy(&in6, address.data(), std::min<std::size_t>(address.size(), sizeof in6));
  if (IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr)) return "host";
  return IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr) ? "link" : "global";
}

int run(const HostnamePlan& plan, Console& console) {
  const std::string own = gethostname();
  switch (plan.action) {
    case Do::set:
      sethostname(plan.name);
      console.detail("the name was " + own + " and is " + gethostname());
      break;
    case Do::addresses:
      console.data(addresses_text(plan.json));
      break;
    case Do::name:
      say(plan, "hostname", own, console);
      break;
    case Do::short_form:
      say(plan, "short", short_name_of(own), console);
      break;
    case Do::fqdn:
      say(plan, "fqdn", full_name(own, plan, console), console);
      break;
    case Do::domain:
      say(plan, "domain", domain_of(full_name(own, plan, console)), console);
      break;
  }
  return code(Exit::done);
}

Run set_up_hostname(Options& options) {
  const auto flags = std::make_shared<HostnameFlags>();
  const char* group = "Answer";
  options.add_flag("--fqdn", &flags->fqdn, "The fully qualified name, as getfqdn() finds it")
      .group(group);
  options.add_flag("--domain", &flags->domain, "What follows the first dot of that name")
      .group(group);
  options.add_flag("--short", &flags->short_form, "The name up to its first dot").group(group);
  options
      .add_flag("--addresses", &flags->addresses,
                "Every address of this machine with its interface and scope")
      .group(group);
  options.add_flag("--json", &flags->json, "One JSON object").group(group);
  options.add_option("--set", &flags->set, "Give this machine another name until it starts again")
      .type_name("NAME")
      .group("Change");
  add_timeout_flag(options, flags->timeout, "Give up looking the name up after this time");
  options.examples(
      "  sock hostname\n"
      "  sock hostname --fqdn\n"
      "  sock hostname -v --fqdn\n"
      "  sock hostname --addresses\n"
      "  sock hostname --set web1\n");
  return [flags](const Invocation& with) {
    return run(plan(*flags, getdefaulttimeout()), with.console);
  };
}

}  // namespace sock::cmd
