#include "cmd/probe_text.hpp"

#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cmd/console.hpp"
#include "cmd/table.hpp"
#include "cmd/values.hpp"

namespace sock::cmd {

std::string table_text(std::span<const ProbeResult> results) {
  std::vector<std::vector<std::string>> rows{{"TARGET", "STATE", "TIME", "ADDRESS", "NOTE"}};
  for (const ProbeResult& result : results)
    rows.push_back({printable(result.target), std::string(text(result.state)),
                    result.time.count() == 0 ? "" : show_duration(result.time), result.address,
                    printable(result.note + result.tls)});
  return aligned(rows);
}

std::string json_text(const ProbeResult& result) {
  using Json = nlohmann::ordered_json;
  Json json{{"target", result.target}, {"state", text(result.state)}};
  if (result.time.count() != 0)
    json["seconds"] = std::chrono::duration<double>(result.time).count();
  if (result.look_up.count() != 0)
    json["look_up_seconds"] = std::chrono::duration<double>(result.look_up).count();
  if (!result.address.empty()) json["address"] = result.address;
  if (!result.note.empty()) json["cause"] = result.note;
  if (!result.tls.empty()) json["tls"] = result.tls;
  // Names from elsewhere need not be UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string line_text(const ProbeResult& result) {
  return fmt::format("probe {}: {}{}{}", result.target, text(result.state),
                     result.note.empty() ? "" : ": ", result.note);
}

}  // namespace sock::cmd
