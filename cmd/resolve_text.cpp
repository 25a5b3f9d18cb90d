#include "cmd/resolve_text.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cmd/console.hpp"
#include "cmd/explain.hpp"
#include "cmd/table.hpp"
#include "cmd/values.hpp"
#include "sock/names.hpp"

namespace sock::cmd {
namespace {

using Json = nlohmann::ordered_json;
using Show = ResolvePlan::Show;

// "AF_INET6" as "inet6".
std::string short_name(names::Kind kind, std::string_view prefix, int value) {
  std::string name = names::text_or_number(kind, value);
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

std::string family_of(const AddressInfo& info) {
  return short_name(names::Kind::family, "AF_", info.family);
}
std::string type_of(const AddressInfo& info) {
  return short_name(names::Kind::type, "SOCK_", info.type);
}

// The host alone, an IPv6 address with its %scope: what connects when it is typed again.
std::string host_of(const Address& address) {
  return getnameinfo(address, NI_NUMERICHOST | NI_NUMERICSERV).first;
}

const std::string& canonical_of(const std::vector<Found>& found) {
  static const std::string none;
  return found.empty() ? none : found.front().info.canonname;
}

// One member function for each kind of answer.
struct Plain {
  const ResolvePlan& plan;
  const ResolvePlan::Name& name;

  std::string operator()(const std::vector<Found>& found) const {
    if (plan.flags & AI_CANONNAME) return printable(canonical_of(found)) + '\n';
    std::string text;
    for (const Found& one : found)
      text += (name.service ? to_string(one.info.address) : host_of(one.info.address)) + '\n';
    return text;
  }
  std::string operator()(const HostEntry& entry) const { return entry.addresses.at(0) + '\n'; }
  std::string operator()(const ReverseName& names) const {
    const std::string host = printable(names.host);
    return (name.service ? host + ':' + printable(names.service) : host) + '\n';
  }
  std::string operator()(const Fact& fact) const {
    if (const int* number = std::get_if<int>(&fact.value)) return std::to_string(*number) + '\n';
    return printable(std::get<std::string>(fact.value)) + '\n';
  }
};

std::string table_text(const std::vector<Found>& found) {
  const bool canonical = !canonical_of(found).empty();
  std::vector<std::vector<std::string>> rows{
      {"FAMILY", "ADDRESS", "PORT", "TYPE", "SOURCE", "NOTE"}};
  if (canonical) rows[0].insert(rows[0].begin(), "CANONICAL");
  for (const Found& one : found) {
    rows.push_back({family_of(one.info), host_of(one.info.address),
                    std::to_string(one.info.address.port()), type_of(one.info), one.source,
                    one.note});
    if (canonical) rows.back().insert(rows.back().begin(), printable(canonical_of(found)));
  }
  return aligned(rows);
}

std::string table_text(const HostEntry& entry) {
  std::vector<std::vector<std::string>> rows{{"KIND", "VALUE"}, {"name", printable(entry.name)}};
  for (const std::string& alias : entry.aliases) rows.push_back({"alias", printable(alias)});
  for (const std::string& address : entry.addresses) rows.push_back({"address", address});
  return aligned(rows);
}

struct Members {
  const ResolvePlan& plan;
  const ResolvePlan::Name& name;
  Json& json;

  void operator()(const std::vector<Found>& found) const {
    if (!canonical_of(found).empty()) json["canonical"] = canonical_of(found);
    json["addresses"] = Json::array();
    for (const Found& one : found) {
      Json address{{"family", family_of(one.info)},
                   {"address", host_of(one.info.address)},
                   {"port", one.info.address.port()},
                   {"type", type_of(one.info)}};
      if (!one.source.empty()) address["source"] = one.source;
      if (!one.note.empty()) address["note"] = one.note;
      json["addresses"].push_back(std::move(address));
    }
  }
  void operator()(const HostEntry& entry) const {
    json["canonical"] = entry.name;
    json["aliases"] = entry.aliases;
    json["addresses"] = entry.addresses;
  }
  void operator()(const ReverseName& names) const {
    json["host"] = names.host;
    if (name.service) json["port_name"] = names.service;
    if (plan.check) json["confirmed"] = true;  // else there would be an error
  }
  void operator()(const Fact& fact) const {
    std::visit([&](const auto& value) { json[fact.key] = value; }, fact.value);
  }
};

Json json_of(const ResolvePlan::Name& name) {
  Json json{{"name", name.host}};
  if (name.service) json["service"] = *name.service;
  return json;
}

// Names from elsewhere need not be UTF-8.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

struct Summary {
  std::chrono::nanoseconds least, median, most;
};

// There is at least one. Of an even number the median is the mean of the two in the middle.
Summary summary_of(std::vector<std::chrono::nanoseconds> took) {
  std::sort(took.begin(), took.end());
  const std::size_t half = took.size() / 2;
  const auto median = took.size() % 2 == 1 ? took[half] : (took[half - 1] + took[half]) / 2;
  return {took.front(), median, took.back()};
}

Json json_of(const Times& times) {
  const auto ms = [](std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::milli>(time).count();
  };
  const Summary summary = summary_of(times.took);
  return {{"count", times.took.size()},
          {"failed", times.failed},
          {"min_ms", ms(summary.least)},
          {"median_ms", ms(summary.median)},
          {"max_ms", ms(summary.most)}};
}

std::string table_text(const Answer& answer) {
  if (const auto* found = std::get_if<std::vector<Found>>(&answer)) return table_text(*found);
  return table_text(std::get<HostEntry>(answer));
}

std::string tuples_of(const Answer& answer) {
  std::vector<AddressInfo> all;
  for (const Found& one : std::get<std::vector<Found>>(answer)) all.push_back(one.info);
  return python_text(all);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

std::string text_of(const ResolvePlan& plan, const ResolvePlan::Name& name, const Answer& answer,
                    const std::optional<Times>& times) {
  const std::string timed = times ? line_of(name, *times) : "";
  switch (plan.show) {
    case Show::plain:
      return times ? timed : std::visit(Plain{plan, name}, answer);
    case Show::table:
      return table_text(answer) + timed;
    case Show::python:
      return tuples_of(answer) + timed;
    case Show::json:
      break;
  }
  Json json = json_of(name);
  std::visit(Members{plan, name, json}, answer);
  if (times) json["times"] = json_of(*times);
  return line_of(json);
}

std::string text_of(const ResolvePlan& plan, const ResolvePlan::Name& name,
                    const std::exception_ptr& failure) {
  if (plan.show != Show::json) return {};
  Json json = json_of(name);
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    json["error"] = cause_of(error.code());
    if (const std::string cure = cure_of(error); !cure.empty()) json["cure"] = cure;
  } catch (const std::exception& error) {
    json["error"] = explain(error);
  }
  return line_of(json);
}

std::string label_of(const ResolvePlan::Name& name) {
  if (!name.service) return name.host;
  const bool brackets = name.host.find(':') != std::string::npos;
  return (brackets ? '[' + name.host + ']' : name.host) + ':' + *name.service;
}

std::string line_of(const ResolvePlan::Name& name, const Times& times) {
  const Summary summary = summary_of(times.took);
  return fmt::format("{}  {} look-up{}  {} failed  min {}  median {}  max {}\n",
                     printable(label_of(name)), times.took.size(),
                     times.took.size() == 1 ? "" : "s", times.failed, show_duration(summary.least),
                     show_duration(summary.median), show_duration(summary.most));
}

std::string changes(const std::string& before, const std::string& after) {
  const auto old_lines = lines_of(before), new_lines = lines_of(after);
  const auto missing_in = [](const std::vector<std::string>& lines, const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) == lines.end();
  };
  std::string text;
  for (const std::string& line : old_lines)
    if (missing_in(new_lines, line)) text += "- " + line + '\n';
  for (const std::string& line : new_lines)
    if (missing_in(old_lines, line)) text += "+ " + line + '\n';
  return text;
}

}  // namespace sock::cmd
