// The text of --help: 80 columns, options by group, examples last.
#pragma once

#include <string>

#include "cmd/describe.hpp"

namespace sock::cmd {

// `general`: options that every command has.
std::string help_text(const CommandDescription&, const std::vector<OptionDescription>& general);

}  // namespace sock::cmd
