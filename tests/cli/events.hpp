// The events that a run has told.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support/event_schema.hpp"

namespace cli {

// All of them, one a line, each as the manual has it.
inline std::vector<nlohmann::json> events_in(const std::string& text) {
  static const support::EventSchema schema(SOCK_SOURCE_DIR "/man/sock-events.5");
  std::vector<nlohmann::json> events;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    REQUIRE(schema.complaint(line) == "");
    events.push_back(nlohmann::json::parse(line));
  }
  return events;
}

// "listening accepted closed ".
inline std::string names_of(const std::vector<nlohmann::json>& events) {
  std::string names;
  for (const nlohmann::json& event : events) names += event["event"].get<std::string>() + ' ';
  return names;
}

}  // namespace cli
