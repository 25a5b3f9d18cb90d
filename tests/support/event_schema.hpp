// The events as sock-events(5) describes them, and whether one keeps to that.
#pragma once

#include <map>
#include <set>
#include <string>

namespace support {

class EventSchema {
 public:
  // Of every event its fields, and of every field its type: "string", "strings", "boolean",
  // "integer", "number", or the values that it may have.
  explicit EventSchema(const std::string& manual);

  std::set<std::string> names() const;
  // What is wrong with one line; "" where nothing is.
  std::string complaint(const std::string& line) const;

 private:
  using Fields = std::map<std::string, std::string>;

  std::map<std::string, Fields> events_;
  Fields common_;
};

}  // namespace support
