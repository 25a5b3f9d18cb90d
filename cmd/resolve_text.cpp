#include "cmd/resolve_text.hpp"

#include <cctype>
#include <string_view>

#include <nlohmann/json.hpp>

#include "cmd/console.hpp"
#include "cmd/explain.hpp"
#include "cmd/table.hpp"
#include "sock/names.hpp"

namespace sock::cmd {
namespace {

using Json = nlohmann::ordered_json;

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

Json json_of(const ResolvePlan::Name& name) {
  Json json{{"name", name.host}};
  if (name.service) json["service"] = *name.service;
  return json;
}

// Names from elsewhere need not be UTF-8.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string plain_text(const ResolvePlan::Name& name, const std::vector<AddressInfo>& addresses) {
  std::string text;
  for (const AddressInfo& info : addresses)
    text += (name.service ? to_string(info.address) : host_of(info.address)) + '\n';
  return text;
}

std::string table_text(const std::vector<Found>& found) {
  std::vector<std::vector<std::string>> rows{
      {"FAMILY", "ADDRESS", "PORT", "TYPE", "SOURCE", "NOTE"}};
  for (const Found& one : found)
    rows.push_back({family_of(one.info), host_of(one.info.address),
                    std::to_string(one.info.address.port()), type_of(one.info), one.source,
                    one.note});
  return aligned(rows);
}

std::string table_text(const HostEntry& entry) {
  std::vector<std::vector<std::string>> rows{{"KIND", "VALUE"}, {"name", printable(entry.name)}};
  for (const std::string& alias : entry.aliases) rows.push_back({"alias", printable(alias)});
  for (const std::string& address : entry.addresses) rows.push_back({"address", address});
  return aligned(rows);
}

std::string json_text(const ResolvePlan::Name& name, const std::vector<Found>& found) {
  Json json = json_of(name);
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
  return line_of(json);
}

std::string json_text(const ResolvePlan::Name& name, const HostEntry& entry) {
  Json json = json_of(name);
  json["canonical"] = entry.name;
  json["aliases"] = entry.aliases;
  json["addresses"] = entry.addresses;
  return line_of(json);
}

std::string json_text(const ResolvePlan::Name& name,
                      const std::pair<std::string, std::string>& names) {
  Json json = json_of(name);
  json["host"] = names.first;
  if (name.service) json["port_name"] = names.second;
  return line_of(json);
}

std::string json_text(const ResolvePlan::Name& name, const Error& error) {
  Json json = json_of(name);
  json["error"] = cause_of(error.code());
  return line_of(json);
}

}  // namespace sock::cmd
