// The five commands.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/console.hpp"
#include "cmd/options.hpp"

namespace sock::cmd {

// What a command is run with besides its options.
struct Invocation {
  Console& console;
  // What stands after "--": a program and its arguments.
  std::optional<std::vector<std::string>> command;
};

// Runs a command whose options are parsed; the exit code. Throws what goes wrong, or Interrupted.
using Run = std::function<int(const Invocation&)>;

struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view usage;
  bool takes_command;       // what follows "--" is a program to run
  Run (*set_up)(Options&);  // adds the options and the examples
};

std::span<const Command> commands() noexcept;
const Command* find_command(std::string_view name) noexcept;

Run set_up_connect(Options&);
Run set_up_listen(Options&);
Run set_up_pair(Options&);
Run set_up_resolve(Options&);
Run set_up_hostname(Options&);

}  // namespace sock::cmd
