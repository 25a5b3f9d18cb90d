#include "cmd/resolve.hpp"

#include <algorithm>
#include <memory>

#include "cmd/exit.hpp"
#include "cmd/explain.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/resolve_text.hpp"
#include "cmd/values.hpp"
#include "sock/socket.hpp"
#include "wire/candidates.hpp"
#include "wire/lookup.hpp"

namespace sock::cmd {
namespace {

// What the kernel would do, without sending anything: UDP's connect only looks the route up.
Found with_source(const AddressInfo& info) {
  Found found{info, {}, {}};
  try {
    Socket probe(info.family, SOCK_DGRAM);
    // Any port does; 0 is refused for some families.
    probe.connect(info.address.port() == 0 ? wire::with_port(info.address, 9) : info.address);
    found.source = wire::with_port(probe.getsockname(), 0).host();
  } catch (const Error& error) {
    const auto& cause = error.code();
    const bool no_route = cause == std::errc::network_unreachable ||
                          cause == std::errc::host_unreachable ||
                          cause == std::errc::address_not_available;
    found.note = no_route ? "no route" : cause_of(cause);
  }
  return found;
}

// A look-up that knows no deadline of its own, under one: wire::look_up runs it in a thread that
// can be left behind, and its answer is stored beside.
template <class Call>
auto bounded(const std::string& subject, Timeout timeout, Call call) {
  const auto answer = std::make_shared<std::optional<decltype(call())>>();
  wire::Question question;
  question.host = subject;
  wire::look_up(question, Deadline(timeout), [answer, call](const wire::Question&) {
    *answer = call();
    return std::vector<AddressInfo>();
  });
  return std::move(answer->value());
}

std::vector<AddressInfo> addresses_of(const ResolvePlan& plan, const ResolvePlan::Name& name) {
  wire::Question question;
  question.host = name.host;
  question.service = name.service;
  question.family = plan.family;
  return each_once(wire::look_up(question, Deadline(plan.timeout)));
}

std::string answer_addresses(const ResolvePlan& plan, const ResolvePlan::Name& name) {
  const std::vector<AddressInfo> addresses = addresses_of(plan, name);
  if (plan.show == ResolvePlan::Show::plain) return plain_text(name, addresses);
  std::vector<Found> found;
  std::transform(addresses.begin(), addresses.end(), std::back_inserter(found), with_source);
  return plan.show == ResolvePlan::Show::table ? table_text(found) : json_text(name, found);
}

std::string answer_hostbyname(const ResolvePlan& plan, const ResolvePlan::Name& name) {
  const std::string host = name.host;
  if (plan.show == ResolvePlan::Show::plain)
    return bounded(host, plan.timeout, [host] { return gethostbyname(host); }) + '\n';
  const HostEntry entry = bounded(host, plan.timeout, [host] { return gethostbyname_ex(host); });
  return plan.show == ResolvePlan::Show::table ? table_text(entry) : json_text(name, entry);
}

std::string answer_reverse(const ResolvePlan& plan, const ResolvePlan::Name& name) {
  wire::Question question;
  question.host = name.host;
  question.service = name.service;
  question.family = plan.family;
  question.flags = AI_NUMERICHOST;
  const Address address = wire::look_up(question, Deadline(plan.timeout)).at(0).address;
  // Not the address alone, which look_up takes for a question that nobody need be asked.
  const auto names = bounded("the name of " + name.host, plan.timeout,
                             [address] { return getnameinfo(address, NI_NAMEREQD); });
  if (plan.show == ResolvePlan::Show::json) return json_text(name, names);
  return (name.service ? names.first + ':' + names.second : names.first) + '\n';
}

}  // namespace

ResolvePlan plan(const ResolveFlags& flags, Timeout default_timeout) {
  ResolvePlan plan;
  if (flags.ipv4 && flags.ipv6) throw UsageError("-4 and -6: only one of them can be given");
  if (flags.hostbyname && flags.reverse)
    throw UsageError("--hostbyname and --reverse: only one of them can be given");
  if (flags.hostbyname && flags.ipv6)
    throw UsageError("--hostbyname and -6: gethostbyname() knows only IPv4");
  if (flags.long_form && flags.json)
    throw UsageError("--long and --json: only one of them can be given");
  if (flags.long_form && flags.reverse)
    throw UsageError("--long and --reverse: a name has no table");
  plan.family = flags.ipv4 ? AF_INET : flags.ipv6 ? AF_INET6 : AF_UNSPEC;
  if (flags.hostbyname) plan.ask = ResolvePlan::Ask::hostbyname;
  if (flags.reverse) plan.ask = ResolvePlan::Ask::reverse;
  if (flags.long_form) plan.show = ResolvePlan::Show::table;
  if (flags.json) plan.show = ResolvePlan::Show::json;
  for (const std::string& text : flags.names) {
    plan.names.push_back(parse_name_and_service(text));
    if (flags.hostbyname && plan.names.back().service)
      throw UsageError("'" + text + "': gethostbyname() takes no service");
  }
  const auto timeout = limit_of("--timeout", flags.timeout);
  plan.timeout = timeout ? Timeout(*timeout) : default_timeout;
  return plan;
}

ResolvePlan::Name parse_name_and_service(std::string_view text) {
  const auto expected = [&](const char* what) {
    return UsageError("'" + std::string(text) + "': expected " + what);
  };
  std::string_view host = text, service;
  bool has_service = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) throw expected("']' after the address");
    host = text.substr(1, end - 1);
    service = text.substr(end + 1);
    has_service = !service.empty();
    if (has_service && service[0] != ':') throw expected("nothing, or :SERVICE, after ']'");
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    service = text.substr(host.size());
    has_service = true;
  }  // more colons: an IPv6 address without brackets
  if (has_service) service.remove_prefix(1);
  if (host.empty()) throw expected("a name, or NAME:SERVICE");
  if (has_service && service.empty()) throw expected("a service after ':'");
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

int run(const ResolvePlan& plan, Console& console) {
  Exit worst = Exit::done;
  for (const ResolvePlan::Name& name : plan.names) {
    try {
      console.data(plan.ask == ResolvePlan::Ask::addresses    ? answer_addresses(plan, name)
                   : plan.ask == ResolvePlan::Ask::hostbyname ? answer_hostbyname(plan, name)
                                                              : answer_reverse(plan, name));
    } catch (const Error& error) {
      const Exit exit = exit_of(error);
      if (exit != Exit::not_found && exit != Exit::timed_out) throw;
      console.error(explain(error));
      if (plan.show == ResolvePlan::Show::json) console.data(json_text(name, error));
      worst = std::max(worst, exit);
    }
  }
  return code(worst);
}

Run set_up_resolve(Options& options) {
  const auto flags = std::make_shared<ResolveFlags>();
  options.add_option("NAME", &flags->names, "HOST, HOST:SERVICE, or an address with --reverse")
      .required();
  const char* question = "Question";
  options.add_flag("-4", &flags->ipv4, "IPv4 only").group(question);
  options.add_flag("-6", &flags->ipv6, "IPv6 only").group(question);
  options
      .add_flag("--hostbyname", &flags->hostbyname,
                "Ask gethostbyname(), which knows only IPv4; with --long also the aliases")
      .group(question);
  options.add_flag("-r,--reverse", &flags->reverse, "The name of an address").group(question);
  const char* answer = "Answer";
  options
      .add_flag("-l,--long", &flags->long_form,
                "Table of family, address, port, type, the address that this machine would use to "
                "reach it, and a note")
      .group(answer);
  options.add_flag("--json", &flags->json, "One JSON object a line for each NAME").group(answer);
  add_timeout_flag(options, flags->timeout, "Give up on a NAME after this time");
  options.examples(
      "  sock resolve example.com\n"
      "  sock resolve -l example.com:https\n"
      "  ping $(sock resolve -4 example.com | head -n 1)\n"
      "  sock resolve -r 192.0.2.1\n");
  return [flags](const Invocation& with) {
    return run(plan(*flags, getdefaulttimeout()), with.console);
  };
}

}  // namespace sock::cmd
