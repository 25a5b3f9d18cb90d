// The command line, taken apart into the targets of its options.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/options.hpp"

namespace sock::cmd {

// Fills the targets of `general` and `own` options, which may stand in any order. Throws UsageError
// without a word about which command's manual helps. nullopt: run it.
std::optional<Asked> parse(const Options& general, const Options& own,
                           std::vector<std::string> arguments);

}  // namespace sock::cmd
