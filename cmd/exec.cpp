#include "cmd/exec.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include <fmt/format.h>

#include "cmd/exit.hpp"
#include "cmd/explain.hpp"

namespace sock::cmd {

void become(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  // main() has it ignored, which a program would inherit.
  std::signal(SIGPIPE, SIG_DFL);
  ::execvp(arguments.front(), arguments.data());
  const int err = errno;
  const bool missing = err == ENOENT;
  throw CommandError(
      missing ? Exit::no_such_command : Exit::cannot_run,
      fmt::format("run {}: {}{}", command.front(), cause_of({err, std::system_category()}),
                  missing ? "; no such command" : ""));
}

}  // namespace sock::cmd
