#include <algorithm>
#include <utility>

#include "cmd/flags_time.hpp"
#include "cmd/resolve.hpp"
#include "cmd/values.hpp"
#include "wire/endpoint_prefix.hpp"
#include "wire/lookup.hpp"

namespace sock::cmd {
namespace {

using Ask = ResolvePlan::Ask;
using Show = ResolvePlan::Show;

constexpr std::string_view standard_input = "-";

struct Given {
  bool is;
  const char* option;
};

// The one of them that is given, if any.
const Given* only_one_of(std::initializer_list<Given> choices) {
  const Given* found = nullptr;
  for (const Given& choice : choices) {
    if (!choice.is) continue;
    if (found)
      throw UsageError(std::string(found->option) + " and " + choice.option +
                       ": only one of them can be given");
    found = &choice;
  }
  return found;
}

void refuse(std::initializer_list<Given> choices, const char* why) {
  for (const Given& choice : choices)
    if (choice.is) throw UsageError(std::string(choice.option) + why);
}

Ask ask_of(const ResolveFlags& flags) {
  only_one_of({{flags.compare, "--compare"},
               {flags.hostbyname, "--hostbyname"},
               {flags.reverse, "--reverse"},
               {flags.fqdn, "--fqdn"},
               {flags.service, "--service"},
               {flags.protocol_number, "--protocol-number"}});
  if (flags.compare) return Ask::compare;
  if (flags.hostbyname) return Ask::hostbyname;
  if (flags.reverse) return Ask::reverse;
  if (flags.fqdn) return Ask::fqdn;
  if (flags.service) return Ask::service;
  return flags.protocol_number ? Ask::protocol : Ask::addresses;
}

Show show_of(const ResolveFlags& flags) {
  only_one_of({{flags.long_form, "--long"}, {flags.json, "--json"}, {flags.python, "--python"}});
  if (flags.long_form) return Show::table;
  if (flags.json) return Show::json;
  return flags.python ? Show::python : Show::plain;
}

// What only getaddrinfo() takes, or gives.
void check_question(const ResolveFlags& flags, Ask ask) {
  if (ask == Ask::addresses) return;
  refuse({{flags.type.has_value(), "--type"},
          {flags.all, "--all"},
          {flags.passive, "--passive"},
          {flags.canonical, "--canonical"},
          {!flags.flags.empty(), "--flags"},
          {flags.python, "--python"}},
         ": only addresses are asked for with it");
  const bool families = ask == Ask::reverse || ask == Ask::compare;
  if (!families) refuse({{flags.ipv6, "-6"}}, ": this question has no family");
  if (!families && ask != Ask::hostbyname)
    refuse({{flags.ipv4, "-4"}}, ": this question has no family");
  if (ask == Ask::compare)
    refuse({{flags.watch, "--watch"},
            {flags.count.has_value(), "--count"},
            {flags.wait.has_value(), "--wait"}},
           ": --compare asks each once");
  if (ask != Ask::hostbyname && ask != Ask::compare)
    refuse({{flags.long_form, "--long"}}, ": this answer has no table");
}

int flags_of(const ResolveFlags& flags) {
  int bits = (flags.passive ? AI_PASSIVE : 0) | (flags.canonical ? AI_CANONNAME : 0);
  for (std::string_view rest : flags.flags) {
    while (!rest.empty()) {
      const auto end = std::min(rest.find_first_of(",|"), rest.size());
      bits |= value_of("--flags", rest.substr(0, end), [](std::string_view text) {
        return parse_name(names::Kind::ai_flag, "flag of getaddrinfo()", text);
      });
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return bits;
}

unsigned number_of(const char* option, const std::string& text, unsigned most) {
  return value_of(option, text, [most](std::string_view digits) {
    return static_cast<unsigned>(parse_number(digits, 1, most));
  });
}

void plan_tries(const ResolveFlags& flags, ResolvePlan& plan) {
  only_one_of({{flags.watch, "--watch"}, {flags.count.has_value(), "--count"}});
  only_one_of({{flags.watch, "--watch"}, {flags.wait.has_value(), "--wait"}});
  only_one_of({{flags.count.has_value(), "--count"}, {flags.wait.has_value(), "--wait"}});
  plan.watch = flags.watch;
  if (flags.count) plan.count = number_of("--count", *flags.count, 1'000'000);
  plan.wait = limit_of("--wait", flags.wait);
  if (flags.interval && !flags.watch && !flags.count)
    throw UsageError("--interval: only --watch and --count look up more than once");
  if (flags.watch) plan.interval = std::chrono::seconds(2);
  if (flags.interval) plan.interval = *limit_of("--interval", flags.interval);
}

void plan_names(const ResolveFlags& flags, ResolvePlan& plan) {
  for (const std::string& text : flags.names) {
    if (text != standard_input) {
      plan.names.push_back(parse_question(plan.ask, text));
    } else if (plan.input_at) {
      throw UsageError("'-': standard input can be read only once");
    } else {
      plan.input_at = plan.names.size();
    }
  }
  if (plan.watch && plan.input_at)
    throw UsageError("--watch and '-': the names must be known to be watched");
  plan.jobs = flags.jobs ? number_of("--jobs", *flags.jobs, 256) : 16;
  // A watched name is looked up for ever, before the next would be.
  if (plan.watch) plan.jobs = 1;
  if (!plan.input_at)
    plan.jobs = static_cast<unsigned>(std::min<std::size_t>(plan.jobs, plan.names.size()));
}

// Everywhere else such a prefix is no part of the name, so it is not looked up as one here.
void refuse_prefix(std::string_view text) {
  using wire::detail::Prefix;
  const std::size_t colon = text.find(':');
  if (colon == text.npos || wire::is_numeric(text)) return;
  const auto prefix = wire::detail::find_prefix(text.substr(0, colon));
  if (!prefix) return;
  const std::string given = "'" + std::string(text) + "': ";
  if (*prefix > Prefix::udplite)
    throw UsageError(given + "expected a name, and addresses of " +
                     std::string(wire::detail::text(*prefix)) + ": have none");
  const bool datagrams = *prefix == Prefix::udp || *prefix == Prefix::udplite;
  throw UsageError(given + "expected a name without a transport: give --type " +
                   (datagrams ? "dgram" : "stream") + ", and leave out " +
                   std::string(wire::detail::text(*prefix)) + ":");
}

bool may_be_service(const std::string& text) {
  try {
    (void)wire::parse_endpoint("host", text);
    return true;
  } catch (const wire::EndpointError&) {
    return false;
  }
}

}  // namespace

ResolvePlan plan(const ResolveFlags& flags, Timeout default_timeout) {
  only_one_of({{flags.ipv4, "-4"}, {flags.ipv6, "-6"}});
  only_one_of({{flags.all, "--all"}, {flags.type.has_value(), "--type"}});
  ResolvePlan plan;
  plan.ask = ask_of(flags);
  plan.show = show_of(flags);
  if (plan.ask == Ask::compare && plan.show == Show::plain) plan.show = Show::table;
  if (plan.ask == Ask::hostbyname && flags.ipv6)
    throw UsageError("--hostbyname and -6: gethostbyname() knows only IPv4");
  check_question(flags, plan.ask);
  if (flags.check && !flags.reverse) throw UsageError("--check: only with --reverse");
  if (flags.all && plan.show == Show::plain)
    throw UsageError("--all: a line has no type; add --long, --json or --python");
  plan.check = flags.check;
  plan.family = flags.ipv4 ? AF_INET : flags.ipv6 ? AF_INET6 : AF_UNSPEC;
  if (flags.type)
    plan.type = value_of("--type", *flags.type, [](std::string_view text) {
      return parse_name(names::Kind::type, "type of socket", text);
    });
  // Python gives all that it gets.
  plan.each_type = flags.all || plan.show == Show::python;
  plan.flags = flags_of(flags);
  plan_tries(flags, plan);
  plan_names(flags, plan);
  if (auto limit = timeout_limit(flags.timeout, default_timeout)) {
    plan.timeout = limit->time;
    plan.limit = std::move(limit->name);
  }
  return plan;
}

ResolvePlan::Name parse_question(ResolvePlan::Ask ask, std::string_view text) {
  const auto expected = [&](const char* what) {
    return UsageError("'" + std::string(text) + "': expected " + what);
  };
  if (ask == Ask::service || ask == Ask::protocol) {
    if (text.empty()) throw expected("the name of a service or protocol");
    return {std::string(text)};
  }
  refuse_prefix(text);
  std::string_view host = text, service;
  bool has_service = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) throw expected("']' after the address");
    host = text.substr(1, end - 1);
    service = text.substr(end + 1);
    has_service = !service.empty();
    if (has_service && service[0] != ':') throw expected("nothing, or :SERVICE, after ']'");
    if (host.empty()) throw expected("an address between the brackets");
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    service = text.substr(host.size());
    has_service = true;
  }  // more colons: an IPv6 address without brackets
  if (has_service) service.remove_prefix(1);
  if (host.empty() && (!has_service || ask != Ask::addresses))
    throw expected("a name, or NAME:SERVICE");
  if (has_service && service.empty()) throw expected("a service after ':'");
  if (has_service && !may_be_service(std::string(service)))
    throw expected("a port of at most 65535, or a service, after ':'");
  if (has_service && (ask == Ask::hostbyname || ask == Ask::fqdn || ask == Ask::compare))
    throw UsageError("'" + std::string(text) + "': this question takes no service");
  if (ask == Ask::compare && wire::is_numeric(host))
    throw expected("a name: no name server is asked for an address");
  return {std::string(host), has_service ? std::optional(std::string(service)) : std::nullopt};
}

std::vector<AddressInfo> each_once(std::vector<AddressInfo> all) {
  std::vector<AddressInfo> result;
  for (AddressInfo& one : all) {
    const bool known = std::any_of(result.begin(), result.end(), [&](const AddressInfo& other) {
      return other.address == one.address;
    });
    if (!known) result.push_back(std::move(one));
  }
  return result;
}

}  // namespace sock::cmd
