#include "cmd/hostname.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <nlohmann/json.hpp>

#include "cmd/exit.hpp"
#include "cmd/table.hpp"
#include "cmd/values.hpp"
#include "sock/error.hpp"
#include "sock/resolve.hpp"

namespace sock::cmd {
namespace {

using Json = nlohmann::ordered_json;

struct InterfaceAddress {
  std::string interface;
  Address address;
};

// getifaddrs(3): the IPv4 and IPv6 ones.
std::vector<InterfaceAddress> interface_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    const int err = errno;
    throw_errno(err, "getifaddrs");
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
  std::vector<InterfaceAddress> result;
  for (const ifaddrs* one = list; one; one = one->ifa_next) {
    const int family = one->ifa_addr ? one->ifa_addr->sa_family : AF_UNSPEC;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    result.push_back({one->ifa_name, Address::from(one->ifa_addr, size)});
  }
  return result;
}

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
  for (const InterfaceAddress& one : interface_addresses()) {
    const std::string address = text_of(one.address), scope(scope_of(one.address));
    list.push_back({{"address", address}, {"interface", one.interface}, {"scope", scope}});
    rows.push_back({address, one.interface, scope});
  }
  return json ? line_of({{"hostname", gethostname()}, {"addresses", list}}) : aligned(rows);
}

}  // namespace

HostnamePlan plan(const HostnameFlags& flags) {
  if (flags.fqdn + flags.short_form + flags.addresses > 1)
    throw UsageError("--fqdn, --short and --addresses: only one of them can be given");
  HostnamePlan plan;
  plan.json = flags.json;
  if (flags.fqdn) plan.show = HostnamePlan::Show::fqdn;
  if (flags.short_form) plan.show = HostnamePlan::Show::short_form;
  if (flags.addresses) plan.show = HostnamePlan::Show::addresses;
  return plan;
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
  if (plan.show == HostnamePlan::Show::addresses) {
    console.data(addresses_text(plan.json));
    return code(Exit::done);
  }
  const std::string whole = gethostname();
  const bool fqdn = plan.show == HostnamePlan::Show::fqdn;
  const bool short_form = plan.show == HostnamePlan::Show::short_form;
  const std::string name = fqdn ? getfqdn() : short_form ? whole.substr(0, whole.find('.')) : whole;
  const char* key = fqdn ? "fqdn" : short_form ? "short" : "hostname";
  console.data(plan.json ? line_of({{key, name}}) : name + '\n');
  return code(Exit::done);
}

Run set_up_hostname(Options& options) {
  const auto flags = std::make_shared<HostnameFlags>();
  const char* group = "Answer";
  options.add_flag("--fqdn", &flags->fqdn, "The fully qualified name, as getfqdn() finds it")
      .group(group);
  options.add_flag("--short", &flags->short_form, "The name up to its first dot").group(group);
  options
      .add_flag("--addresses", &flags->addresses,
                "Every address of this machine with its interface and scope")
      .group(group);
  options.add_flag("--json", &flags->json, "One JSON object").group(group);
  options.examples(
      "  sock hostname\n"
      "  sock hostname --fqdn\n"
      "  sock hostname --addresses\n");
  return [flags](const Invocation& with) { return run(plan(*flags), with.console); };
}

}  // namespace sock::cmd
