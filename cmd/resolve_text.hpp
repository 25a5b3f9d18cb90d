// The answers of `sock resolve` as text. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cmd/resolve.hpp"
#include "sock/error.hpp"
#include "sock/resolve.hpp"

namespace sock::cmd {

// An address, and the one of this machine that the kernel would use to reach it ("" when there is
// no route; the note then says so).
struct Found {
  AddressInfo info;
  std::string source;
  std::string note;
};

// One address a line; with the port where the name has a service.
std::string plain_text(const ResolvePlan::Name&, const std::vector<AddressInfo>&);

// Columns under a heading.
std::string table_text(const std::vector<Found>&);
std::string table_text(const HostEntry&);

// One object and a newline.
std::string json_text(const ResolvePlan::Name&, const std::vector<Found>&);
std::string json_text(const ResolvePlan::Name&, const HostEntry&);
std::string json_text(const ResolvePlan::Name&, const std::pair<std::string, std::string>& names);
std::string json_text(const ResolvePlan::Name&, const Error&);

}  // namespace sock::cmd
