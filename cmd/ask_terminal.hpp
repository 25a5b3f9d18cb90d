// A question at the terminal whose answer is not shown.
#pragma once

#include <string>

namespace sock::cmd {

// Asks the terminal of this process, whatever its standard input and output are, and gives the line
// that is typed, at most 1024 bytes. Throws UsageError where there is no terminal, or nothing is
// typed, and Interrupted; the terminal is as before then.
std::string ask_terminal(const std::string& question);

}  // namespace sock::cmd
