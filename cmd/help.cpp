#include "cmd/help.hpp"

#include <algorithm>
#include <string_view>

namespace sock::cmd {
namespace {

constexpr std::size_t width = 80;
constexpr std::size_t column = 26;  // where the second column begins

// Adds `text` in lines of words, the first after `heading`, all in the second column.
void add_entry(std::string& out, std::string_view heading, std::string_view text) {
  out += "  ";
  out += heading;
  std::size_t at = 2 + heading.size();
  const auto new_line = [&] {
    out += '\n';
    out.append(column, ' ');
    at = column;
  };
  if (at + 2 > column) {
    new_line();
  } else {
    out.append(column - at, ' ');
    at = column;
  }
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (at > column && at + 1 + word.size() > width) {
      new_line();
    } else if (at > column) {
      out += ' ';
      ++at;
    }
    out += word;
    at += word.size();
  }
  out += '\n';
}

void add_groups(std::string& out, const std::vector<OptionDescription>& options) {
  std::vector<std::string_view> groups;  // in the order of their first option
  for (const OptionDescription& option : options)
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end())
      groups.push_back(option.group);
  for (const std::string_view group : groups) {
    out += '\n' + std::string(group) + ":\n";
    for (const OptionDescription& option : options)
      if (option.group == group) add_entry(out, option.heading(), option.help);
  }
}

std::string usage_lines(const CommandDescription& command) {
  const std::string start = command.commands.empty() ? "sock " + command.name + ' ' : "sock ";
  std::string_view usage = command.usage;
  std::string out = "Usage: " + start;
  for (auto bar = usage.find(" | "); bar != std::string_view::npos; bar = usage.find(" | ")) {
    out += std::string(usage.substr(0, bar)) + "\n       " + start;
    usage.remove_prefix(bar + 3);
  }
  return out + std::string(usage) + '\n';
}

}  // namespace

std::string help_text(const CommandDescription& command,
                      const std::vector<OptionDescription>& general) {
  std::string out;
  out.reserve(8192);
  out += command.summary + ".\n\n" + usage_lines(command);
  if (!command.commands.empty()) out += "\nCommands:\n";
  for (const CommandDescription& one : command.commands) add_entry(out, one.name, one.summary);
  if (!command.arguments.empty()) out += "\nArguments:\n";
  for (const OptionDescription& one : command.arguments) add_entry(out, one.heading(), one.help);

  std::vector<OptionDescription> options = command.options;
  options.insert(options.end(), general.begin(), general.end());
  add_groups(out, options);
  if (!command.examples.empty()) out += "\nExamples:\n" + command.examples;
  return out;
}

}  // namespace sock::cmd
