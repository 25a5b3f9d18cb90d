#include "cmd/describe.hpp"

#include <CLI/CLI.hpp>

#include "cmd/commands.hpp"

namespace sock::cmd {

std::string OptionDescription::heading() const {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  if (text.empty()) return value;
  return value.empty() ? text : text + ' ' + value;
}

std::vector<std::string> OptionDescription::choices() const {
  std::vector<std::string> parts;
  if (value.find('|') == std::string::npos) return parts;
  for (std::size_t start = 0; start <= value.size();) {
    const std::size_t end = std::min(value.find('|', start), value.size());
    // "chunk=SIZE" begins with "chunk=", and "FILE" with nothing that could be typed.
    const std::string word = value.substr(start, end - start);
    std::string typed = word.substr(0, word.find_first_of("[ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    if (!typed.empty()) parts.push_back(std::move(typed));
    start = end + 1;
  }
  return parts;
}

CommandDescription describe(const CLI::App& app) {
  CommandDescription result;
  result.name = app.get_name();
  result.summary = app.get_description();
  result.examples = app.get_footer();
  if (const Command* command = find_command(result.name)) result.usage = command->usage;
  for (const CLI::Option* option : app.get_options()) {
    OptionDescription one;
    for (const std::string& name : option->get_snames()) one.names.push_back('-' + name);
    for (const std::string& name : option->get_lnames()) one.names.push_back("--" + name);
    const bool flag = option->get_items_expected_max() == 0;
    one.value = option->get_positional() ? option->get_name() : flag ? "" : option->get_type_name();
    one.help = option->get_description();
    one.group = option->get_group();
    one.required = option->get_required();
    (option->get_positional() ? result.arguments : result.options).push_back(std::move(one));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    result.commands.push_back(describe(*command));
  return result;
}

}  // namespace sock::cmd
