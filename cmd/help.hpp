// The text of --help: 80 columns, options by group, examples last.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "cmd/describe.hpp"

namespace sock::cmd {

// `general`: options that every command has.
std::string help_text(const CommandDescription&, const std::vector<OptionDescription>& general);

// Lets CLI11 print it.
class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App*, std::string, CLI::AppFormatMode) const override;
};

}  // namespace sock::cmd
