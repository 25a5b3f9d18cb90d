#include "cmd/describe.hpp"

#include <algorithm>
#include <utility>

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

namespace {

void take(CommandDescription& result, const Options& options) {
  for (const Option& row : options.rows()) {
    if (row.is_hidden()) continue;
    OptionDescription one;
    one.names = row.name_list();
    one.value = row.is_argument() ? row.names() : row.type_name();
    one.help = row.help();
    one.group = row.group();
    one.required = row.is_required();
    (row.is_argument() ? result.arguments : result.options).push_back(std::move(one));
  }
  result.examples = options.examples();
}

CommandDescription outline(const Command& command) {
  CommandDescription result;
  result.name = command.name;
  result.summary = command.summary;
  result.usage = command.usage;
  return result;
}

CommandDescription program(const Options& general, CommandDescription (*part)(const Command&)) {
  CommandDescription result;
  result.name = "sock";
  result.summary = "Talk to any socket from the shell";
  result.usage = "COMMAND [OPTIONS] ...";
  take(result, general);
  for (const Command& command : commands()) result.commands.push_back(part(command));
  return result;
}

}  // namespace

CommandDescription describe(const Command& command) {
  CommandDescription result = outline(command);
  Options options;
  command.set_up(options);
  take(result, options);
  return result;
}

CommandDescription describe_program(const Options& general) { return program(general, describe); }

CommandDescription outline_program(const Options& general) { return program(general, outline); }

}  // namespace sock::cmd
