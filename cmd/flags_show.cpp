#include "cmd/flags_show.hpp"

#include <climits>
#include <string_view>

#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

Place parse_events(std::string_view text) {
  if (text.empty()) throw UsageError("'': expected a file, or the number of a descriptor");
  if (text.find_first_not_of("0123456789") == std::string_view::npos)
    return {Place::Kind::descriptor, {}, static_cast<int>(parse_number(text, 0, INT_MAX))};
  return {Place::Kind::file, std::string(text)};
}

DumpPlan parse_dump(std::string_view text) {
  const auto equals = text.find('=');
  const std::string_view kind = text.substr(0, equals);
  DumpPlan plan;
  plan.hex = kind == "hex";
  const bool to_file = equals != std::string_view::npos;
  if ((kind != "hex" && kind != "text") || equals + 1 == text.size())
    throw UsageError("'" + std::string(text) + "': expected hex or text, and perhaps =FILE");
  if (to_file) plan.place = {Place::Kind::file, std::string(text.substr(equals + 1))};
  return plan;
}

void parse_record(std::string_view text, ShowPlan& plan) {
  const auto comma = text.find(',');
  const std::string_view in = text.substr(0, comma);
  const std::string_view out =
      comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  if (comma == std::string_view::npos || (in.empty() && out.empty()))
    throw UsageError("'" + std::string(text) +
                     "': expected two files, IN,OUT, of which one may be left out");
  if (in == out) throw UsageError("'" + std::string(text) + "': expected two different files");
  if (!in.empty()) plan.record_in = in;
  if (!out.empty()) plan.record_out = out;
}

}  // namespace

void add_show_flags(Options& options, ShowFlags& flags) {
  const char* group = "Show";
  options
      .add_flag("--json", &flags.json,
                "Say what happens as JSON, one object a line, and nothing else on standard error; "
                "with --probe: also the results, on standard output")
      .group(group);
  options.add_option("--events", &flags.events, "The same, to a file or descriptor")
      .type_name("FILE|FD")
      .group(group);
  options
      .add_flag("--progress", &flags.progress,
                "Show bytes, rate and time on one line, if standard error is a terminal")
      .group(group);
  options
      .add_option("--dump", &flags.dump,
                  "Show what passes, both ways, with its time; as hex it is input for xxd -r")
      .type_name("hex|text[=FILE]")
      .group(group);
  options
      .add_option("--record", &flags.record, "Copy what the peer sends, and what it gets, to files")
      .type_name("IN,OUT")
      .group(group);
}

ShowPlan show_plan(const ShowFlags& flags) {
  if (flags.json && flags.events)
    throw UsageError("--json and --events: only one of them can be given");
  ShowPlan plan;
  if (flags.json) plan.events.emplace();
  if (flags.events) plan.events = value_of("--events", *flags.events, parse_events);
  if (flags.dump) plan.dump = value_of("--dump", *flags.dump, parse_dump);
  if (flags.record)
    value_of("--record", *flags.record, [&](auto text) { parse_record(text, plan); });
  plan.progress = flags.progress;
  if (flags.json && (plan.progress || (plan.dump && plan.dump->place == Place())))
    throw UsageError("--json: standard error is for events alone; see --events");
  return plan;
}

}  // namespace sock::cmd
