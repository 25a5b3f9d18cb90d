// The exit codes, sock(1): what a run came to, as one number.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

#include "sock/error.hpp"

namespace sock::cmd {

enum class Exit : int {
  done = 0,          // nothing lost
  broken = 1,        // the connection broke, or reading or writing failed, after it was made
  usage = 2,         // options, address text; what they name cannot be opened
  not_found = 3,     // the name could not be resolved
  unreachable = 4,   // refused, unreachable, or reset while connecting
  timed_out = 5,     // the message says which limit
  insecure = 6,      // TLS: the handshake, or a certificate that is not accepted
  proxy = 7,         // a proxy refused, or spoke nonsense
  unavailable = 8,   // cannot bind, listen or use that family here
  cannot_run = 126,  // the command cannot be run
  no_such_command = 127,
};

constexpr int code(Exit exit) noexcept { return static_cast<int>(exit); }

// A signal asked this run to stop. Thrown so that everything is closed and put back before the
// signal is raised again.
struct Interrupted {
  int signal;
};

// A command that could not be started.
class CommandError : public std::runtime_error {
 public:
  CommandError(Exit exit, const std::string& what) : std::runtime_error(what), exit_(exit) {}
  Exit exit() const noexcept { return exit_; }

 private:
  Exit exit_;
};

// Of an error by its class and by the operation that failed. Of several attempts the last decides,
// as it ended them.
Exit exit_of(const Error&) noexcept;
Exit exit_of(const std::exception&) noexcept;

}  // namespace sock::cmd
