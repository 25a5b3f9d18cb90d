// The command line as a whole: parse it, run the one command it names, turn its end into a code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/flags_output.hpp"
#include "cmd/options.hpp"

namespace sock::cmd {

// The options of the program, which every command has.
void add_general_options(Options&, OutputFlags&);

// The arguments, cut at the first "--".
struct Split {
  std::vector<std::string> own;
  std::optional<std::vector<std::string>> command;
};
Split split_at_dashes(std::vector<std::string> arguments);

// The whole program but for main(). Never returns after a signal: the process then ends by it.
int run(int argc, const char* const* argv);

}  // namespace sock::cmd
