// A file that is read whole.
#pragma once

#include <string>

namespace sock::cmd {

// Throws Error.
std::string text_of_file(const std::string& path);

}  // namespace sock::cmd
