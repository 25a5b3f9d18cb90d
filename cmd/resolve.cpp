#include "cmd/resolve.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>

#include "cmd/exit.hpp"
#include "cmd/explain.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/in_order.hpp"
#include "cmd/name_lines.hpp"
#include "cmd/phase.hpp"
#include "cmd/resolve_ask.hpp"
#include "cmd/resolve_compare.hpp"
#include "cmd/resolve_tries.hpp"
#include "cmd/values.hpp"
#include "sock/socket.hpp"

namespace sock::cmd {
namespace {

using Show = ResolvePlan::Show;

// So many may be done before the first of them is: enough for a slow answer not to hold up the
// others, little enough for any number of names.
constexpr std::size_t most_ahead = 4096;

// The names of the command line, with those of standard input in their place.
class Names {
 public:
  explicit Names(const ResolvePlan& plan) : given_(plan.names), input_at_(plan.input_at) {}

  // First the one, then the other. Of lines it is not known whether they are names.
  std::optional<std::string> next_line() {
    if (input_at_ != next_) return std::nullopt;
    auto line = lines_.next();
    if (!line) input_at_.reset();
    return line;
  }
  std::optional<ResolvePlan::Name> next_given() {
    if (next_ == given_.size()) return std::nullopt;
    return given_[next_++];
  }

 private:
  std::vector<ResolvePlan::Name> given_;
  std::optional<std::size_t> input_at_;
  std::size_t next_ = 0;
  NameLines lines_{FdRef(0)};
};

Resolver resolver_for(const ResolvePlan& plan) {
  const bool again = plan.count || plan.wait || plan.watch;  // the files may change
  const bool shown = plan.show == Show::table || plan.show == Show::json;
  if (plan.ask == ResolvePlan::Ask::compare) return Resolver::with_sources(plan, false);
  if (plan.ask != ResolvePlan::Ask::addresses || (!shown && !plan.input_at)) return Resolver(plan);
  return Resolver::with_sources(plan, plan.input_at && !again);
}

void tell(const Outcome& outcome, Exit& worst, const Console& console) {
  if (!outcome.error.empty()) console.error(outcome.error);
  if (!outcome.data.empty()) console.data(outcome.data);
  worst = std::max(worst, outcome.exit);
}

int run_all(const ResolvePlan& plan, Console& console) {
  struct Context {
    ResolvePlan plan;
    Resolver resolver;
    Names names;
    std::optional<NameServers> servers;

    Outcome outcome(const ResolvePlan::Name& name) const {
      return servers ? compare(plan, name, resolver, *servers) : outcome_of(plan, name, resolver);
    }
  };
  // Shared with threads that may be left behind.
  const auto context =
      std::make_shared<Context>(Context{plan, resolver_for(plan), Names(plan), std::nullopt});
  if (plan.ask == ResolvePlan::Ask::compare) context->servers = read_name_servers();
  Exit worst = Exit::done;
  Phase::begin("resolving");
  Phase::count_as("names done:");
  const auto deliver = [&worst, &console](Outcome outcome) -> Delivery {
    return [&worst, &console, told = std::move(outcome)] {
      tell(told, worst, console);
      Phase::count();
    };
  };
  const Source source = [context, deliver]() -> std::optional<Work> {
    if (auto line = context->names.next_line())
      return [context, deliver, text = std::move(*line)] {
        try {
          const auto name = parse_question(context->plan.ask, text);
          return deliver(context->outcome(name));
        } catch (const UsageError& error) {
          return deliver({{}, error.what(), Exit::usage});
        }
      };
    if (auto name = context->names.next_given())
      return
          [context, deliver, asked = std::move(*name)] { return deliver(context->outcome(asked)); };
    return std::nullopt;
  };
  in_order(source, plan.jobs, most_ahead);
  return code(worst);
}

// Where getaddrinfo() looks, in that order.
void tell_sources(const Console& console) {
  if (!console.verbose()) return;
  std::string text = "names are looked up in:";
  for (const std::string& source : read_name_sources().sources) text += ' ' + source;
  console.detail(text + " (/etc/nsswitch.conf)");
}

// Until it is stopped.
[[noreturn]] void watch(const ResolvePlan& plan, Console& console) {
  std::vector<std::optional<Outcome>> seen(plan.names.size());
  Phase::begin("watching");
  Phase::count_as("rounds done:");
  for (;; Phase::count(), std::this_thread::sleep_for(plan.interval)) {
    const Resolver resolver = resolver_for(plan);
    for (std::size_t i = 0; i < plan.names.size(); ++i) {
      Outcome now = outcome_of(plan, plan.names[i], resolver);
      const bool plain = plan.show == Show::plain || plan.show == Show::python;
      if (!now.error.empty() && (!seen[i] || seen[i]->error != now.error)) console.error(now.error);
      if (plain) {
        std::string text = changes(seen[i] ? seen[i]->data : "", now.data);
        if (plan.names.size() > 1 && !text.empty())
          text = "# " + printable(label_of(plan.names[i])) + '\n' + text;
        console.data(text);
      } else if (!seen[i] || seen[i]->data != now.data) {
        console.data(now.data);
      }
      seen[i] = std::move(now);
    }
  }
}

void add_question_options(Options& options, ResolveFlags& flags) {
  const char* group = "Question";
  options.add_flag("-4", &flags.ipv4, "IPv4 only").group(group);
  options.add_flag("-6", &flags.ipv6, "IPv6 only").group(group);
  options.add_option("--type", &flags.type, "Only for that type of socket: stream, dgram, raw")
      .type_name("TYPE")
      .group(group);
  options.add_flag("--all", &flags.all, "Each address once for every type of socket").group(group);
  options
      .add_flag("--passive", &flags.passive,
                "For a listener: no host means every address of this machine")
      .group(group);
  options.add_flag("--canonical", &flags.canonical, "The canonical name").group(group);
  options
      .add_option("--flags", &flags.flags,
                  "Flags of getaddrinfo() by name, such as AI_ADDRCONFIG,AI_V4MAPPED")
      .type_name("FLAGS")
      .group(group);
  options.add_flag("-r,--reverse", &flags.reverse, "The name of an address").group(group);
  options
      .add_flag("--check", &flags.check,
                "With --reverse: only a name that leads back to the address")
      .group(group);
  options
      .add_flag("--compare", &flags.compare,
                "What each server of /etc/resolv.conf says, beside what programs get")
      .group(group);
  options
      .add_flag("--hostbyname", &flags.hostbyname,
                "Ask gethostbyname(), which knows only IPv4; with --long also the aliases")
      .group(group);
  options.add_flag("--fqdn", &flags.fqdn, "The fully qualified name, as getfqdn() finds it")
      .group(group);
  options
      .add_flag("--service", &flags.service,
                "The port of a service, or the service of a port: http, 80, domain/udp")
      .group(group);
  options
      .add_flag("--protocol-number", &flags.protocol_number, "The number of a protocol: tcp, icmp")
      .group(group);
}

void add_answer_options(Options& options, ResolveFlags& flags) {
  const char* group = "Answer";
  options
      .add_flag("-l,--long", &flags.long_form,
                "Table of family, address, port, type, the address that this machine would use to "
                "reach it, and a note")
      .group(group);
  options.add_flag("--json", &flags.json, "One JSON object a line for each NAME").group(group);
  options.add_flag("--python", &flags.python, "The tuples of Python's socket.getaddrinfo()")
      .group(group);
  options
      .add_option("--count", &flags.count,
                  "Look up so many times: the shortest, median and longest time")
      .type_name("N")
      .group(group);
  options.add_flag("--watch", &flags.watch, "Look up again and again, and tell what changes")
      .group(group);
  options
      .add_option("--interval", &flags.interval, "Between look-ups of --watch (2s) or --count (0)")
      .type_name("TIME")
      .group(group);
}

}  // namespace

int run(const ResolvePlan& plan, Console& console) {
  tell_sources(console);
  if (plan.watch) watch(plan, console);
  return run_all(plan, console);
}

Run set_up_resolve(Options& options) {
  const auto flags = std::make_shared<ResolveFlags>();
  options
      .add_option("NAME", &flags->names,
                  "HOST, HOST:SERVICE, or an address with --reverse; - for those that standard "
                  "input has, one a line")
      .required();
  add_question_options(options, *flags);
  add_answer_options(options, *flags);
  add_timeout_flag(options, flags->timeout, "Give up on a look-up after this time");
  options
      .add_option("--wait", &flags->wait,
                  "Look a NAME up again until it is found, for at most this time")
      .type_name("TIME")
      .group("Limits");
  options.add_option("-j,--jobs", &flags->jobs, "NAMEs that are looked up at the same time (16)")
      .type_name("N")
      .group("Limits");
  options.examples(
      "  sock resolve example.com\n"
      "  sock resolve -l example.com:https\n"
      "  ping $(sock resolve -4 example.com | head -n 1)\n"
      "  sock resolve -r --check 192.0.2.1\n"
      "  sock resolve --json - < names\n"
      "  sock resolve --compare --timeout 2s example.com\n");
  return [flags](const Invocation& with) {
    return run(plan(*flags, getdefaulttimeout()), with.console);
  };
}

}  // namespace sock::cmd
