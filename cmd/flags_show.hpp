// Options about what is seen of a conversation while it lasts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cmd/options.hpp"

namespace sock::cmd {

struct ShowFlags {
  bool json = false;
  bool progress = false;
  std::optional<std::string> events, dump, record;
};

// A file, a descriptor, or standard error.
struct Place {
  enum class Kind : std::uint8_t { standard_error, file, descriptor };
  Kind kind = Kind::standard_error;
  std::string path = {};
  int fd = -1;
  bool operator==(const Place&) const = default;
};

struct DumpPlan {
  bool hex = true;  // else text
  Place place;
  bool operator==(const DumpPlan&) const = default;
};

struct ShowPlan {
  std::optional<Place> events;
  std::optional<DumpPlan> dump;
  std::optional<std::string> record_in, record_out;  // files
  std::optional<std::string> tee;                    // a file for both
  bool progress = false;

  bool operator==(const ShowPlan&) const = default;
};

void add_show_flags(Options&, ShowFlags&);

// Throws UsageError.
ShowPlan show_plan(const ShowFlags&);

}  // namespace sock::cmd
