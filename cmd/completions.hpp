// Completion scripts for the shells, made from what the parser takes.
#pragma once

#include <string>

#include "cmd/describe.hpp"

namespace sock::cmd {

// Of the whole program.
std::string bash_completion(const CommandDescription&);
std::string zsh_completion(const CommandDescription&);
std::string fish_completion(const CommandDescription&);

}  // namespace sock::cmd
