// Columns of text.
#pragma once

#include <string>
#include <vector>

namespace sock::cmd {

// Each cell padded to the widest of its column, two spaces between; an empty cell is "-".
std::string aligned(const std::vector<std::vector<std::string>>& rows);

}  // namespace sock::cmd
