// The program under test.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "support/process.hpp"

namespace cli {

using support::Input;
using support::Outcome;
using support::Output;
using support::Process;
using support::Program;

// `sock` with these arguments. SOCK_TEST_ROUTE has the bytes of conversations travel that way;
// SOCK_TEST_SANDBOX=strict has whatever the sandbox refuses end the run.
inline Program sock_with(std::vector<std::string> arguments, Input input = {}, Output output = {}) {
  const char* route = std::getenv("SOCK_TEST_ROUTE");
  const char* sandbox = std::getenv("SOCK_TEST_SANDBOX");
  const bool converses =
      !arguments.empty() && (arguments[0] == "connect" || arguments[0] == "listen");
  if (route && converses) arguments.insert(arguments.begin() + 1, {"--route", route});
  if (sandbox && sandbox == std::string_view("strict") && converses)
    arguments.insert(arguments.begin() + 1, "--strict-sandbox");
  arguments.insert(arguments.begin(), SOCK_PROGRAM);
  Program program;
  program.argv = std::move(arguments);
  program.input = std::move(input);
  program.output = std::move(output);
  return program;
}

inline Outcome run_sock(std::vector<std::string> arguments, Input input = {}, Output output = {}) {
  return support::run(sock_with(std::move(arguments), std::move(input), std::move(output)));
}

inline Program with_deadline(Program program, std::chrono::milliseconds deadline) {
  program.deadline = deadline;
  return program;
}

// Says, where a peer is not there, that what needs it is skipped.
inline bool is_missing(const std::string& program) {
  if (support::installed(program)) return false;
  MESSAGE("skipped: " << program << " is not installed");
  return true;
}

// The address on the line "listening on ADDRESS".
inline std::string listening_address(Process& listener) {
  return listener.wait_for_error("listening on ([^ \\n]+)[^\\n]*\\n");
}

// `sock listen` on a free port of 127.0.0.1, once it listens.
struct Listener {
  Process process;
  std::string address;

  explicit Listener(std::vector<std::string> options = {}, Input input = {}, Output output = {},
                    std::vector<std::string> command = {})
      : Listener(
            program(std::move(options), std::move(input), std::move(output), std::move(command))) {}
  explicit Listener(Program program)
      : process(std::move(program)), address(listening_address(process)) {}

  std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  Outcome wait() { return process.wait(); }

  static Program program(std::vector<std::string> options, Input input = {}, Output output = {},
                         std::vector<std::string> command = {}) {
    std::vector<std::string> arguments{"listen"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.emplace_back("127.0.0.1:0");
    arguments.insert(arguments.end(), command.begin(), command.end());
    return sock_with(std::move(arguments), std::move(input), std::move(output));
  }
};

}  // namespace cli
