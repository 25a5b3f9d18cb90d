#include "cmd/app.hpp"

#include <fcntl.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <span>
#include <string_view>

#include <CLI/CLI.hpp>

#include "cmd/exit.hpp"
#include "cmd/explain.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/help.hpp"
#include "cmd/values.hpp"
#include "io/signals.hpp"
#include "sock/socket.hpp"

namespace sock::cmd {
namespace {

// The first argument that is no option: those before a command take no values.
const Command* named_command(const std::vector<std::string>& arguments) {
  const auto name = std::find_if(arguments.begin(), arguments.end(),
                                 [](const std::string& text) { return !text.starts_with('-'); });
  if (name == arguments.end()) return nullptr;
  if (const Command* command = find_command(*name)) return command;
  throw UsageError("'" + *name +
                   "': expected a command: connect, listen, pair, resolve or hostname");
}

// A standard descriptor that is not open would be the number of the next socket, which would then
// pass for our input or output. In its place /dev/null reads as the end, and refuses to be written.
void hold_standard_descriptors() {
  for (const int fd : {0, 1, 2})
    if (::fcntl(fd, F_GETFD) < 0) (void)!::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

// A host name that is not ASCII is in the locale's encoding (getaddrinfo(3), AI_IDN). To set the
// locale takes files to be read: only for those who have such a name.
void set_locale_for(std::span<const char* const> arguments) {
  const auto beyond_ascii = [](std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
  };
  if (std::any_of(arguments.begin(), arguments.end(), beyond_ascii)) std::setlocale(LC_CTYPE, "");
}

void take_environment() {
  const char* timeout = std::getenv("SOCK_TIMEOUT");
  if (!timeout || !*timeout) return;
  setdefaulttimeout(*limit_of("SOCK_TIMEOUT", timeout));
}

int parse_and_run(Console& console, std::vector<std::string> arguments) {
  const Command* command = named_command(arguments);
  Split split;
  if (command && command->takes_command) {
    split = split_at_dashes(std::move(arguments));
  } else {
    split.own = std::move(arguments);
  }
  Parser parser(command ? std::span(command, 1) : commands());
  const std::string manual = command ? "sock " + std::string(command->name) : "sock";
  const Run* run = nullptr;
  try {
    run = &parser.parse(std::move(split.own));
  } catch (const CLI::CallForHelp&) {
    console.data(parser.app().help());
    return code(Exit::done);
  } catch (const CLI::CallForVersion& version) {
    console.data(std::string(version.what()) + '\n');
    return code(Exit::done);
  } catch (const CLI::ParseError& error) {
    const std::string text = command ? error.what() : "a command is expected";
    return console.failed(Exit::usage, text + "; see '" + manual + " --help'");
  }
  console.set_level(level_of(parser.output()));
  take_environment();
  return (*run)({console, std::move(split.command)});
}

}  // namespace

Parser::Parser(std::span<const Command> wanted)
    : app_(std::make_unique<CLI::App>("Talk to any socket from the shell", "sock")) {
  app_->formatter(std::make_shared<HelpFormatter>());
  app_->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app_->fallthrough();
  app_->require_subcommand(1);
  app_->set_help_flag("-h,--help", "Show this help")->group("General");
  app_->set_version_flag("--version", "sock " SOCK_VERSION, "Show the version")->group("General");
  add_output_flags(*app_, output_);
  app_->footer(
      "  sock connect example.com 80 < request\n"
      "  sock listen -p 8080 > file\n"
      "  sock resolve -l example.com:https\n"
      "\n'sock COMMAND --help' has the options of each.\n");
  for (const Command& command : wanted) {
    CLI::App* sub = app_->add_subcommand(std::string(command.name), std::string(command.summary));
    runs_.emplace_back(sub, command.set_up(*sub));
  }
}

Parser::~Parser() = default;

const Run& Parser::parse(std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  app_->parse(std::move(arguments));
  const CLI::App* chosen = app_->get_subcommands().front();
  return std::find_if(runs_.begin(), runs_.end(),
                      [&](const auto& one) { return one.first == chosen; })
      ->second;
}

Split split_at_dashes(std::vector<std::string> arguments) {
  Split split;
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  split.own.assign(arguments.begin(), dashes);
  if (dashes != arguments.end()) split.command.emplace(dashes + 1, arguments.end());
  return split;
}

int run(int argc, const char* const* argv) {
  hold_standard_descriptors();
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  set_locale_for(arguments);
  Console console;
  try {
    const auto own = arguments.subspan(std::min<std::size_t>(arguments.size(), 1));
    return parse_and_run(console, {own.begin(), own.end()});
  } catch (const Interrupted& interrupted) {
    io::die_by(interrupted.signal);
  } catch (const BrokenPipeError& error) {
    // The reader of our output has seen enough; it knows that.
    if (error.subject() == "standard output") return code(exit_of(error));
    return console.failed(exit_of(error), explain(error));
  } catch (const std::exception& error) {
    return console.failed(exit_of(error), explain(error));
  }
}

}  // namespace sock::cmd
