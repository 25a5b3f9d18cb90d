#include "cmd/resolve_ask.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "cmd/bounded.hpp"
#include "cmd/exit.hpp"
#include "cmd/explain.hpp"
#include "cmd/file_text.hpp"
#include "sock/error.hpp"
#include "sock/socket.hpp"
#include "wire/candidates.hpp"
#include "wire/lookup.hpp"

namespace sock::cmd {
namespace {

using Ask = ResolvePlan::Ask;

constexpr const char* hosts_path = "/etc/hosts";
constexpr const char* nsswitch_path = "/etc/nsswitch.conf";
constexpr const char* cache_socket = "/var/run/nscd/socket";

bool is_number(const std::string& text) { return !text.empty() && wire::is_number(text); }

// "http", "80", "domain/udp".
Fact service_of(const std::string& text) {
  const auto slash = text.find('/');
  const std::string service = text.substr(0, slash);
  std::optional<std::string> protocol;
  if (slash != text.npos) protocol = text.substr(slash + 1);
  if (is_number(service) && service.size() <= 5 && std::stoi(service) <= 65535)
    return {"service", getservbyport(std::stoi(service), protocol)};
  return {"port", int{getservbyname(service, protocol)}};
}

std::string no_route(const std::error_code& cause) {
  const bool routing = cause == std::errc::network_unreachable ||
                       cause == std::errc::host_unreachable ||
                       cause == std::errc::address_not_available;
  return routing ? "no route: " + cause_of(cause) : cause_of(cause);
}

void append(std::string& list, const std::string& item) {
  if (item.empty()) return;
  if (!list.empty()) list += ", ";
  list += item;
}

bool has_address(const std::vector<AddressInfo>& all, const Address& address) {
  return std::any_of(all.begin(), all.end(), [&](const AddressInfo& info) {
    return wire::with_port(info.address, 0) == wire::with_port(address, 0);
  });
}

}  // namespace

NameSources read_name_sources() {
  NameSources known;
  known.hosts = HostsFile(text_of_system_file(hosts_path));
  known.sources = host_sources(text_of_system_file(nsswitch_path));
  known.own = gethostname();
  known.cached = ::access(cache_socket, F_OK) == 0;
  return known;
}

Resolver Resolver::with_sources(const ResolvePlan& plan, bool shortcut) {
  Resolver resolver(plan);
  resolver.known_ = std::make_shared<const NameSources>(read_name_sources());
  resolver.shortcut_ =
      shortcut && !resolver.known_->cached && files_first(resolver.known_->sources);
  return resolver;
}

// Where getaddrinfo() is sure to give this entry and no other. It takes what begins with a digit
// for an address, has rules of its own for IPv4 in IPv6, and asks elsewhere when the family of the
// entry is not the one that is asked for.
const HostsFile::Entry* Resolver::only_entry(const ResolvePlan::Name& name) const {
  if (!shortcut_ || (plan_.flags & ~AI_PASSIVE) != 0) return nullptr;
  if (name.host.empty() || !std::isalpha(static_cast<unsigned char>(name.host[0]))) return nullptr;
  const auto& entries = known_->hosts.entries(name.host);
  if (entries.size() != 1) return nullptr;
  const std::string& address = entries[0].address;
  const bool inet6 = address.find(':') != address.npos;
  if (address.find('%') != address.npos || (inet6 && address.find('.') != address.npos))
    return nullptr;
  const bool wanted = plan_.family == AF_UNSPEC || plan_.family == (inet6 ? AF_INET6 : AF_INET);
  return wanted ? &entries[0] : nullptr;
}

std::vector<AddressInfo> Resolver::addresses(const ResolvePlan::Name& name, Timeout timeout) const {
  wire::Question question;
  if (!name.host.empty()) question.host = name.host;
  question.service = name.service;
  question.family = plan_.family;
  question.type = plan_.type;
  question.flags = plan_.flags;
  if (const auto* entry = only_entry(name)) {
    question.host = entry->address;
    question.flags |= AI_NUMERICHOST;
  }
  auto all = wire::look_up(question, Deadline(timeout));
  return plan_.each_type ? all : each_once(std::move(all));
}

std::string Resolver::origin(const ResolvePlan::Name& name, const Address& address) const {
  if (name.host.empty() || wire::is_numeric(name.host)) return {};
  const bool local = is_local_name(name.host, known_->own);
  std::string note;
  if (const auto line = known_->hosts.line_of(name.host, address.host()))
    note = std::string(hosts_path) + ':' + std::to_string(*line);
  if (local) append(note, "local name");
  return note.empty() ? other_sources(known_->sources) : note;
}

// What the kernel would do, without sending anything: UDP's connect only looks the route up.
Found Resolver::with_source(const ResolvePlan::Name& name, const AddressInfo& info) const {
  Found found{info, {}, origin(name, info.address)};
  try {
    Socket probe(info.family, SOCK_DGRAM);
    // Any port does; 0 is refused for some families.
    probe.connect(info.address.port() == 0 ? wire::with_port(info.address, 9) : info.address);
    found.source = wire::with_port(probe.getsockname(), 0).host();
  } catch (const Error& error) {
    append(found.note, no_route(error.code()));
  }
  return found;
}

HostEntry Resolver::host_entry(const std::string& host, Timeout timeout) const {
  if (plan_.show != ResolvePlan::Show::plain)
    return bounded(host, timeout, [host] { return gethostbyname_ex(host); });
  // The documented function for one address; it knows "" and "<broadcast>" too.
  return {host, {}, {bounded(host, timeout, [host] { return gethostbyname(host); })}};
}

ReverseName Resolver::reverse(const ResolvePlan::Name& name, Timeout timeout) const {
  const Deadline deadline(timeout);
  wire::Question question;
  question.host = name.host;
  question.service = name.service;
  question.family = plan_.family;
  question.flags = AI_NUMERICHOST;
  const Address address = wire::look_up(question, deadline).at(0).address;
  const auto names =
      bounded(name.host, timeout, [address] { return getnameinfo(address, NI_NAMEREQD); });
  if (!plan_.check) return {names.first, names.second};

  const std::string found = "check " + name.host + ": its name " + names.first;
  wire::Question forward;
  forward.host = names.first;
  forward.type = SOCK_STREAM;
  try {
    if (has_address(wire::look_up(forward, deadline), address)) return {names.first, names.second};
  } catch (const Error& error) {
    if (exit_of(error) != Exit::not_found) throw;
    throw Unconfirmed(found + " does not lead back to it: " + cause_of(error.code()));
  }
  throw Unconfirmed(found + " has other addresses; who owns the address chose the name");
}

Answer Resolver::operator()(const ResolvePlan::Name& name, Timeout timeout) const {
  const std::string host = name.host;
  switch (plan_.ask) {
    case Ask::hostbyname:
      return host_entry(host, timeout);
    case Ask::reverse:
      return reverse(name, timeout);
    case Ask::fqdn:
      return Fact{"fqdn", bounded(host, timeout, [host] { return getfqdn(host); })};
    case Ask::service:
      return bounded(host, timeout, [host] { return service_of(host); });
    case Ask::protocol:
      return bounded(host, timeout, [host] { return Fact{"protocol", getprotobyname(host)}; });
    case Ask::addresses:
    case Ask::compare:
      break;
  }
  std::vector<Found> found;
  for (const AddressInfo& info : addresses(name, timeout))
    found.push_back(known_ && plan_.show != ResolvePlan::Show::plain ? with_source(name, info)
                                                                     : Found{info});
  return found;
}

}  // namespace sock::cmd
