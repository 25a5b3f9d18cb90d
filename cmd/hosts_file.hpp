// What hosts(5) and nsswitch.conf(5) say, for the origin of an answer. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sock::cmd {

class HostsFile {
 public:
  struct Entry {
    std::size_t line;  // from 1
    std::string address;
  };

  HostsFile() = default;
  // Lines that are no entry are left out.
  explicit HostsFile(std::string_view text);

  // The entries of a name, case aside, in their order.
  const std::vector<Entry>& entries(std::string_view name) const;
  // The line that gives this address to the name.
  std::optional<std::size_t> line_of(std::string_view name, std::string_view address) const;

 private:
  std::unordered_map<std::string, std::vector<Entry>> entries_;
};

// The sources of the `hosts:` line, actions in brackets included, as "files", "[NOTFOUND=return]",
// "dns"; the system's default where there is no such line.
std::vector<std::string> host_sources(std::string_view nsswitch);

// Are the entries of the hosts file asked for first, whatever they say?
bool files_first(const std::vector<std::string>& sources);

// Who may have answered when the hosts file did not: "dns", "mdns4_minimal or dns".
std::string other_sources(const std::vector<std::string>& sources);

// "localhost", what ends in ".localhost" (RFC 6761), and this machine's own name.
bool is_local_name(std::string_view name, std::string_view own);

}  // namespace sock::cmd
