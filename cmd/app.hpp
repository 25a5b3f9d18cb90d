// The command line as a whole: parse it, run the one command it names, turn its end into a code.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cmd/commands.hpp"
#include "cmd/flags_output.hpp"

namespace sock::cmd {

// The parser with some of the commands in it: building it is what a start costs.
class Parser {
 public:
  explicit Parser(std::span<const Command>);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  CLI::App& app() noexcept { return *app_; }
  const OutputFlags& output() const noexcept { return output_; }
  // The command that was parsed. Throws CLI::ParseError, also for --help.
  const Run& parse(std::vector<std::string> arguments);

 private:
  std::unique_ptr<CLI::App> app_;
  OutputFlags output_;
  std::vector<std::pair<CLI::App*, Run>> runs_;
};

// The arguments, cut at the first "--".
struct Split {
  std::vector<std::string> own;
  std::optional<std::vector<std::string>> command;
};
Split split_at_dashes(std::vector<std::string> arguments);

// The whole program but for main(). Never returns after a signal: the process then ends by it.
int run(int argc, const char* const* argv);

}  // namespace sock::cmd
