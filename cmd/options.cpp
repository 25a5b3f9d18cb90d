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

// The next of several, without the mark of one that takes back.
std::string_view take_name(std::string_view& names) {
  const auto comma = std::min(names.find(','), names.size());
  std::string_view name = names.substr(0, comma);
  names.remove_prefix(std::min(comma + 1, names.size()));
  if (name.starts_with('!')) name.remove_prefix(1);
  return name;
}

}  // namespace

std::vector<std::string> Option::name_list() const {
  std::vector<std::string> list;
  if (is_argument()) return list;
  for (std::string_view rest = names_; !rest.empty();) list.emplace_back(take_name(rest));
  return list;
}

bool Option::may_be_in(const std::vector<std::string>& arguments) const {
  for (std::string_view rest = names_; !rest.empty();) {
    const std::string_view name = take_name(rest);
    if (std::any_of(arguments.begin(), arguments.end(),
                    [name](const std::string& argument) { return may_name(argument, name); }))
      return true;
  }
  return false;
}

}  // namespace sock::cmd
