// A file that is read whole.
#pragma once

#include <string>

namespace sock::cmd {

// Throws Error: "read /etc: Is a directory".
std::string text_of_file(const std::string& path);

// The same of a file that the system's resolver reads too: one that is not there, or that we may
// not open, says nothing to either of us.
std::string text_of_system_file(const std::string& path);

}  // namespace sock::cmd
