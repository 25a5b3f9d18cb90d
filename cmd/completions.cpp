#include "cmd/completions.hpp"

#include <fmt/format.h>

namespace sock::cmd {
namespace {

constexpr const char* header = "# Generated from the parser of sock; a test compares it.\n";

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

// For single quotes, which take everything but themselves.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + '\'';
}

// The options of a command and those that every command has.
std::vector<OptionDescription> options_of(const CommandDescription& program,
                                          const CommandDescription& command) {
  std::vector<OptionDescription> all = command.options;
  all.insert(all.end(), program.options.begin(), program.options.end());
  return all;
}

std::vector<std::string> names_of(const std::vector<OptionDescription>& options) {
  std::vector<std::string> names;
  for (const OptionDescription& option : options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// zsh's _arguments: brackets and colons are its own.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_option(const OptionDescription& option) {
  std::string value;
  if (!option.value.empty()) {
    const auto choices = option.choices();
    value = choices.empty() ? fmt::format(":{}: ", zsh_text(option.value))
                            : fmt::format(":value:({})", joined(choices, " "));
  }
  std::string lines;
  for (const std::string& name : option.names)
    lines += fmt::format("        {} \\\n",
                         quoted(fmt::format("*{}[{}]{}", name, zsh_text(option.help), value)));
  return lines;
}

}  // namespace

std::string bash_completion(const CommandDescription& program) {
  std::vector<std::string> commands;
  std::string values, options;
  for (const CommandDescription& command : program.commands) {
    commands.push_back(command.name);
    const auto all = options_of(program, command);
    options +=
        fmt::format("    {}) words={} ;;\n", command.name, quoted(joined(names_of(all), " ")));
    for (const OptionDescription& option : all) {
      if (option.value.empty()) continue;
      for (const std::string& name : option.names)
        values += fmt::format("    {}:{}) words={}; value=1 ;;\n", command.name, name,
                              quoted(joined(option.choices(), " ")));
    }
  }
  return fmt::format(R"(# bash completion for sock
{}_sock() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  local command='' words='' value='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
      --) return ;;
      -*) ;;
      *) command=${{COMP_WORDS[i]}}; break ;;
    esac
  done
  case $command:$before in
{}  esac
  if [[ -z $value ]]; then
    case $command in
    '') words={} ;;
{}    esac
    [[ -n $command && $word != -* ]] && words=''
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o default -F _sock sock
)",
                     header, values,
                     quoted(joined(commands, " ") + ' ' + joined(names_of(program.options), " ")),
                     options);
}

std::string zsh_completion(const CommandDescription& program) {
  std::string commands, cases;
  for (const CommandDescription& command : program.commands) {
    commands += fmt::format("    {}\n", quoted(command.name + ':' + zsh_text(command.summary)));
    cases += fmt::format("    {})\n      _arguments -s \\\n", command.name);
    for (const OptionDescription& option : options_of(program, command))
      cases += zsh_option(option);
    cases += "        '*:argument:_default'\n      ;;\n";
  }
  return fmt::format(R"(#compdef sock
{}_sock() {{
  local curcontext=$curcontext state line
  local -a commands
  commands=(
{}  )
  _arguments -C '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
{}      esac
      ;;
  esac
}}
_sock "$@"
)",
                     header, commands, cases);
}

std::string fish_completion(const CommandDescription& program) {
  std::string text = std::string("# fish completion for sock\n") + header;
  for (const CommandDescription& command : program.commands)
    text += fmt::format("complete -c sock -n __fish_use_subcommand -f -a {} -d {}\n", command.name,
                        quoted(command.summary));
  for (const CommandDescription& command : program.commands) {
    for (const OptionDescription& option : options_of(program, command)) {
      text += fmt::format("complete -c sock -n '__fish_seen_subcommand_from {}'", command.name);
      for (const std::string& name : option.names)
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (const auto choices = option.choices(); !choices.empty())
        text += " -x -a " + quoted(joined(choices, " "));
      else if (!option.value.empty())
        text += " -r";
      text += " -d " + quoted(option.help) + '\n';
    }
  }
  return text;
}

}  // namespace sock::cmd
