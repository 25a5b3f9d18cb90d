#include "cmd/app.hpp"

#include <fcntl.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <span>
#include <string_view>

#include "cmd/describe.hpp"
#include "cmd/exit.hpp"
#include "cmd/explain.hpp"
#include "cmd/flags_time.hpp"
#include "cmd/help.hpp"
#include "cmd/nearest.hpp"
#include "cmd/parser.hpp"
#include "cmd/phase.hpp"
#include "cmd/values.hpp"
#include "io/signals.hpp"
#include "sock/socket.hpp"

namespace sock::cmd {
namespace {

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  return names;
}

// Takes the command out of the arguments: the first that is no option, for those before a command
// take no values.
const Command* take_command(std::vector<std::string>& arguments) {
  const auto name = std::find_if(arguments.begin(), arguments.end(),
                                 [](const std::string& text) { return !text.starts_with('-'); });
  if (name == arguments.end()) return nullptr;
  const Command* command = find_command(*name);
  if (!command)
    throw UsageError("'" + *name +
                     "': expected a command: connect, listen, pair, resolve or hostname" +
                     perhaps_meant(*name, command_names()));
  arguments.erase(name);
  return command;
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

std::string answer(Asked asked, const Command* command, const Options& general) {
  if (asked == Asked::version) return "sock " SOCK_VERSION "\n";
  const CommandDescription program = outline_program(general);
  return command ? help_text(describe(*command), program.options) : help_text(program, {});
}

int parse_and_run(Console& console, std::vector<std::string> arguments) {
  const Command* command = take_command(arguments);
  Split split;
  if (command && command->takes_command) {
    split = split_at_dashes(std::move(arguments));
  } else {
    split.own = std::move(arguments);
  }
  OutputFlags output;
  Options own, general;
  add_general_options(general, output);
  const Run run = command ? command->set_up(own) : Run();
  try {
    if (const auto asked = parse(general, own, std::move(split.own))) {
      console.data(answer(*asked, command, general));
      return code(Exit::done);
    }
    if (!command) throw UsageError("a command is expected");
  } catch (const UsageError& error) {
    const std::string manual = command ? "sock " + std::string(command->name) : "sock";
    return console.failed(Exit::usage, error.what() + ("; see '" + manual + " --help'"));
  }
  console.set_level(level_of(output));
  take_environment();
  Phase::answer_signal();
  return run({console, std::move(split.command)});
}

}  // namespace

void add_general_options(Options& options, OutputFlags& output) {
  options.add_flag("-h,--help", Asked::help, "Show this help").group("General");
  options.add_flag("--version", Asked::version, "Show the version").group("General");
  add_output_flags(options, output);
  options.examples(
      "  sock connect example.com 80 < request\n"
      "  sock listen -p 8080 > file\n"
      "  sock resolve -l example.com:https\n"
      "\n'sock COMMAND --help' has the options of each.\n");
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
