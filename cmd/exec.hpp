// Becoming another program.
#pragma once

#include <string>
#include <vector>

namespace sock::cmd {

// Runs the command in the place of this process, with its standard descriptors and every signal at
// its default action. Throws CommandError.
[[noreturn]] void become(const std::vector<std::string>& command);

}  // namespace sock::cmd
