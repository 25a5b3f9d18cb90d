#include "cmd/commands.hpp"

#include <algorithm>
#include <array>

namespace sock::cmd {

std::span<const Command> commands() noexcept {
  static constexpr std::array<Command, 5> table{{
      {"connect", "Connect to a socket and join it to standard input and output",
       "[OPTIONS] ADDRESS [PORT] [-- COMMAND [ARG]...]", true, set_up_connect},
      {"listen", "Wait for a peer and join it to standard input and output",
       "[OPTIONS] [ADDRESS] [-p PORT] [-- COMMAND [ARG]...]", true, set_up_listen},
      {"pair", "Join two commands by a pair of sockets",
       "[OPTIONS] COMMAND1 COMMAND2 | [OPTIONS] -- COMMAND [ARG]...", true, set_up_pair},
      {"resolve", "Show the addresses that programs get for a name", "[OPTIONS] NAME[:SERVICE]...",
       false, set_up_resolve},
      {"hostname", "Show the name and the addresses of this machine", "[OPTIONS]", false,
       set_up_hostname},
  }};
  return table;
}

const Command* find_command(std::string_view name) noexcept {
  const auto all = commands();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Command& command) { return command.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace sock::cmd
