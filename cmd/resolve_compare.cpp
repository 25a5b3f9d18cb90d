#include "cmd/resolve_compare.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "cmd/compare_text.hpp"
#include "cmd/explain.hpp"
#include "cmd/file_text.hpp"
#include "sock/error.hpp"
#include "sock/resolve.hpp"
#include "wire/dns_client.hpp"

namespace sock::cmd {
namespace {

using Clock = Deadline::Clock;

constexpr const char* resolv_conf_path = "/etc/resolv.conf";
// What the system gives a server, where nothing else is said (resolv.conf(5)).
constexpr std::chrono::seconds usual_timeout{5};

Address address_of(const std::string& server) try {
  return getaddrinfo(server, "53", AF_UNSPEC, SOCK_DGRAM, 0, AI_NUMERICHOST | AI_NUMERICSERV)
      .at(0)
      .address;
} catch (const gaierror&) {
  return {};
}

std::vector<int> families_of(const ResolvePlan& plan) {
  if (plan.family != AF_UNSPEC) return {plan.family};
  return {AF_INET, AF_INET6};
}

void sort_once(std::vector<std::string>& addresses) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
}

struct BySystem {
  std::vector<Told> told;
  std::string error;
  Exit exit = Exit::done;
};

BySystem ask_system(const ResolvePlan& plan, const ResolvePlan::Name& name,
                    const Resolver& resolver) {
  BySystem result;
  std::vector<Found> found;
  Told told{.name = name.host};
  const auto start = Clock::now();
  try {
    found = std::get<std::vector<Found>>(resolver(name, plan.timeout));
  } catch (const Error& error) {
    result.error = explain(error);
    result.exit = exit_of(error);
    told.status = cause_of(error.code());
    told.answered = result.exit == Exit::not_found &&
                    error.code() != std::error_code(EAI_AGAIN, gai_category());
  }
  told.took = Clock::now() - start;
  for (const int family : families_of(plan)) {
    Told& one = result.told.emplace_back(told);
    one.family = family;
    for (const Found& address : found) {
      if (address.info.family != family) continue;
      one.addresses.push_back(address.info.address.host());
      one.note = address.note;
    }
    if (one.addresses.empty() && one.status.empty()) one.status = "no address";
    sort_once(one.addresses);
  }
  return result;
}

// Of the names in full the first that has addresses; else the best that is known of any.
void ask_names(const Address& server, wire::DnsType type, const std::vector<std::string>& names,
               const Deadline& deadline, Told& told) {
  for (const std::string& name : names) {
    const wire::DnsReply reply = wire::ask_dns(server, {name, type}, deadline);
    const wire::DnsAnswer& answer = reply.answer;
    if (!answer.addresses.empty() || told.status.empty() || told.status == "NXDOMAIN") {
      told.name = name;
      told.tcp = reply.tcp;
      told.status = answer.addresses.empty() ? text(answer.code) : "";
      if (answer.code == wire::DnsCode::no_error && answer.addresses.empty())
        told.status = "no address";
    }
    told.answered =
        answer.code == wire::DnsCode::no_error || answer.code == wire::DnsCode::no_such_name;
    if (!told.answered) return;
    if (answer.addresses.empty()) continue;
    told.addresses = answer.addresses;
    told.ttl = answer.seconds;
    return;
  }
}

std::vector<Told> ask_server(const NameServers::One& server, const std::vector<int>& families,
                             const std::vector<std::string>& names, const Deadline& deadline) {
  std::vector<Told> all;
  for (const int family : families) {
    Told& told =
        all.emplace_back(Told{.source = server.text, .family = family, .name = names.front()});
    const auto start = Clock::now();
    try {
      const auto type = family == AF_INET ? wire::DnsType::a : wire::DnsType::aaaa;
      ask_names(server.address, type, names, deadline, told);
    } catch (const Error& error) {
      told.answered = false;
      told.status = cause_of(error.code());
    } catch (const wire::DnsError& error) {
      told.answered = false;
      told.status = error.what();
    }
    told.took = Clock::now() - start;
    sort_once(told.addresses);
  }
  return all;
}

}  // namespace

NameServers read_name_servers() {
  NameServers servers{{}, parse_resolv_conf(text_of_system_file(resolv_conf_path), gethostname())};
  for (const std::string& server : servers.conf.servers)
    servers.all.push_back({server, address_of(server)});
  return servers;
}

Outcome compare(const ResolvePlan& plan, const ResolvePlan::Name& name, const Resolver& resolver,
                const NameServers& servers) {
  const auto names = full_names(servers.conf, name.host);
  const auto families = families_of(plan);
  const Deadline deadline(plan.timeout.blocking() ? Timeout(usual_timeout) : plan.timeout);
  std::vector<std::future<std::vector<Told>>> answers;
  for (const NameServers::One& server : servers.all)
    answers.push_back(std::async(std::launch::async,
                                 [&] { return ask_server(server, families, names, deadline); }));
  BySystem system = ask_system(plan, name, resolver);
  Comparison all{name.host, std::move(system.told)};
  for (auto& answer : answers) {
    const auto told = answer.get();
    all.told.insert(all.told.end(), told.begin(), told.end());
  }
  const bool json = plan.show == ResolvePlan::Show::json;
  return {json ? json_text(all) : table_text(all), system.error, system.exit};
}

}  // namespace sock::cmd
