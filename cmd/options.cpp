#include "cmd/options.hpp"

#include <algorithm>

namespace sock::cmd {
namespace {

// "--timeout" and "--timeout=5s" name the option; so do "-w", "-w5s" and "-vw".
bool may_name(std::string_view argument, std::string_view name) {
  if (name.starts_with("--"))
    return argument.starts_with(name) &&
           (argument.size() == name.size() || argument[name.size()] == '=');
  return argument.size() > 1 && argument[0] == '-' && argument[1] != '-' &&
         argument.find(name[1]) != std::string_view::npos;
}

}  // namespace

std::vector<std::string> Option::name_list() const {
  std::vector<std::string> list;
  if (is_argument()) return list;
  for (std::string_view rest = names_; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    list.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return list;
}

bool Option::may_be_in(const std::vector<std::string>& arguments) const {
  for (std::string_view rest = names_; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto name = rest.substr(0, comma);
    if (std::any_of(arguments.begin(), arguments.end(),
                    [&](const std::string& argument) { return may_name(argument, name); }))
      return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

}  // namespace sock::cmd
