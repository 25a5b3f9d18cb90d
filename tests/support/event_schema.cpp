#include "support/event_schema.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace support {
namespace {

bool fits(const nlohmann::json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "strings")
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), [](const auto& one) { return one.is_string(); });
  if (type == "integer") return value.is_number_integer() && value >= 0;
  if (type == "number") return value.is_number() && value >= 0;
  const std::string values = "| " + type + " |";
  return value.is_string() &&
         values.find("| " + value.get<std::string>() + " |") != std::string::npos;
}

}  // namespace

EventSchema::EventSchema(const std::string& manual) {
  std::ifstream file(manual);
  if (!file) throw std::runtime_error("no " + manual);
  static const std::regex event("\\.Ss (.+)"), field("\\.It Va (\\w+) Pq (?:Ar|Cm) (.+)");
  std::string section;
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (line.starts_with(".Sh ")) section.clear();
    if (std::regex_match(line, match, event)) {
      section = match[1];
      events_[section];
    } else if (!section.empty() && std::regex_match(line, match, field)) {
      events_[section][match[1]] = match[2];
    }
  }
  common_ = events_.at("every event");
  events_.erase("every event");
}

std::set<std::string> EventSchema::names() const {
  std::set<std::string> all;
  for (const auto& [name, fields] : events_) all.insert(name);
  return all;
}

std::string EventSchema::complaint(const std::string& line) const {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return "no JSON object: " + line;
  const std::string name = json.value("event", "");
  if (!events_.contains(name)) return "no such event: " + line;
  Fields fields = common_;
  fields.insert(events_.at(name).begin(), events_.at(name).end());
  for (const auto& [key, type] : fields)
    if (!json.contains(key) || !fits(json[key], type)) return key + " is no " + type + ": " + line;
  if (json.size() != fields.size()) return "a field that the manual does not have: " + line;
  static const std::regex time("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
  return std::regex_match(json["time"].get<std::string>(), time) ? "" : "no time: " + line;
}

}  // namespace support
