// What the program takes, command by command: for the help, the completions and the manual's tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cmd/commands.hpp"
#include "cmd/options.hpp"

namespace sock::cmd {

struct OptionDescription {
  std::vector<std::string> names;  // "-w", "--timeout"; none for an argument
  std::string value;  // "TIME", "both|in|out|any"; "" for a flag. An argument: its name
  std::string help;
  std::string group;
  bool required = false;

  // "-w, --timeout TIME"
  std::string heading() const;
  // "both", "in", ... where the value is one of a few; "chunk=" of one that goes on.
  std::vector<std::string> choices() const;
};

struct CommandDescription {
  std::string name;  // "connect"; the program's "sock"
  std::string summary;
  std::string usage;
  std::string examples;
  std::vector<OptionDescription> options;
  std::vector<OptionDescription> arguments;
  std::vector<CommandDescription> commands;
};

CommandDescription describe(const Command&);
// The program, with `general` options and all commands.
CommandDescription describe_program(const Options& general);
// The same without the options of its commands.
CommandDescription outline_program(const Options& general);

}  // namespace sock::cmd
