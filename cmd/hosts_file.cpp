#include "cmd/hosts_file.hpp"

#include <algorithm>
#include <cctype>

#include "sock/address.hpp"
#include "wire/lookup.hpp"

namespace sock::cmd {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view take_until(std::string_view& text, std::string_view ends) {
  const auto end = std::min(text.find_first_of(ends), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// Between white space, the comment left out.
std::vector<std::string_view> words(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> result;
  while (!line.empty())
    if (const auto word = take_until(line, " \t\r\v\f"); !word.empty()) result.push_back(word);
  return result;
}

// Numeric; "2001:DB8::0:1" as "2001:db8::1". What has a %zone stays as it is.
std::string as_shown(std::string_view address) {
  if (address.find('%') != address.npos) return std::string(address);
  const bool inet6 = address.find(':') != address.npos;
  return (inet6 ? Address::inet6(address, 0) : Address::inet(address, 0)).host();
}

}  // namespace

HostsFile::HostsFile(std::string_view text) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = words(take_until(text, "\n"));
    if (line.size() < 2 || !wire::is_numeric(line[0])) continue;
    const std::string address = as_shown(line[0]);
    for (std::size_t i = 1; i < line.size(); ++i)
      entries_[lower(line[i])].push_back({number, address});
  }
}

const std::vector<HostsFile::Entry>& HostsFile::entries(std::string_view name) const {
  static const std::vector<Entry> none;
  const auto found = entries_.find(lower(name));
  return found == entries_.end() ? none : found->second;
}

std::optional<std::size_t> HostsFile::line_of(std::string_view name,
                                              std::string_view address) const {
  for (const Entry& entry : entries(name))
    if (entry.address == address) return entry.line;
  return std::nullopt;
}

std::vector<std::string> host_sources(std::string_view nsswitch) {
  while (!nsswitch.empty()) {
    auto line = words(take_until(nsswitch, "\n"));
    if (line.empty() || !line[0].starts_with("hosts:")) continue;
    line[0].remove_prefix(6);
    if (line[0].empty()) line.erase(line.begin());
    return {line.begin(), line.end()};
  }
  return {"files", "dns"};
}

bool files_first(const std::vector<std::string>& sources) {
  return !sources.empty() && sources[0] == "files" &&
         (sources.size() == 1 || !sources[1].starts_with('['));
}

std::string other_sources(const std::vector<std::string>& sources) {
  std::string text;
  for (const std::string& source : sources) {
    if (source == "files" || source.find_first_of("[]=") != std::string::npos) continue;
    if (!text.empty()) text += " or ";
    text += source;
  }
  return text;
}

bool is_local_name(std::string_view name, std::string_view own) {
  const std::string asked = lower(name);
  return asked == "localhost" || asked.ends_with(".localhost") || asked == lower(own);
}

}  // namespace sock::cmd
