#include "cmd/compare_text.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cmd/console.hpp"
#include "cmd/table.hpp"
#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

const char* type_of(const Told& told) noexcept { return told.family == AF_INET ? "A" : "AAAA"; }
const char* source_of(const Told& told) noexcept {
  return told.source.empty() ? "getaddrinfo" : told.source.c_str();
}

std::optional<Difference> difference_in(const Comparison& all, const Told& told) {
  const auto system = std::find_if(all.told.begin(), all.told.end(), [&](const Told& one) {
    return one.source.empty() && one.family == told.family;
  });
  if (told.source.empty() || system == all.told.end()) return std::nullopt;
  return difference(*system, told);
}

void append(std::string& text, const char* between, const std::string& more) {
  if (more.empty()) return;
  if (!text.empty()) text += between;
  text += more;
}

std::string note_of(const Comparison& all, const Told& told) {
  std::string note = told.note;
  if (const auto found = difference_in(all, told)) {
    if (found->none()) note = "same";
    if (!found->lacks.empty())
      append(note, "; ", fmt::format("lacks {}", fmt::join(found->lacks, " ")));
    if (!found->adds.empty())
      append(note, "; ", fmt::format("adds {}", fmt::join(found->adds, " ")));
    if (!found->none()) note = "DIFFERS: " + note;
  }
  if (told.tcp) append(note, "; ", "by TCP");
  return note;
}

}  // namespace

std::optional<Difference> difference(const Told& system, const Told& server) {
  if (!system.answered || !server.answered) return std::nullopt;
  Difference found;
  const auto missing = [](const Told& from, const Told& in, std::vector<std::string>& to) {
    std::set_difference(from.addresses.begin(), from.addresses.end(), in.addresses.begin(),
                        in.addresses.end(), std::back_inserter(to));
  };
  missing(system, server, found.lacks);
  missing(server, system, found.adds);
  return found;
}

std::string table_text(const Comparison& all) {
  std::vector<std::vector<std::string>> rows{
      {"SOURCE", "NAME", "TYPE", "ADDRESSES", "TTL", "TIME", "NOTE"}};
  for (const Told& told : all.told)
    rows.push_back(
        {source_of(told), printable(told.name), type_of(told),
         told.addresses.empty() ? told.status : fmt::format("{}", fmt::join(told.addresses, " ")),
         told.ttl ? std::to_string(*told.ttl) : "", show_duration(told.took),
         printable(note_of(all, told))});
  return aligned(rows);
}

std::string json_text(const Comparison& all) {
  using Json = nlohmann::ordered_json;
  Json json{{"name", all.name}, {"same", true}, {"answers", Json::array()}};
  for (const Told& told : all.told) {
    Json one{{"source", source_of(told)},
             {"name", told.name},
             {"type", type_of(told)},
             {"addresses", told.addresses},
             {"seconds", std::chrono::duration<double>(told.took).count()}};
    if (!told.status.empty()) one["status"] = told.status;
    if (told.ttl) one["ttl"] = *told.ttl;
    if (!told.note.empty()) one["note"] = told.note;
    if (!told.source.empty()) one["tcp"] = told.tcp;
    if (const auto found = difference_in(all, told)) {
      one["lacks"] = found->lacks;
      one["adds"] = found->adds;
      if (!found->none()) json["same"] = false;
    } else if (!told.source.empty() && json["same"] == true) {
      json["same"] = nullptr;  // not known
    }
    json["answers"].push_back(std::move(one));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace sock::cmd
