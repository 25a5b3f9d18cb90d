#include "cmd/describe.hpp"

#include <fstream>
#include <map>
#include <sstream>

#include <doctest/doctest.h>

#include "cmd/app.hpp"
#include "cmd/completions.hpp"
#include "cmd/help.hpp"

namespace {

using namespace sock::cmd;

const CommandDescription& whole_program() {
  static const CommandDescription program = [] {
    OutputFlags output;
    Options general;
    add_general_options(general, output);
    return describe_program(general);
  }();
  return program;
}

std::string file_text(const std::string& name) {
  std::ifstream file(std::string(SOCK_SOURCE_DIR "/completions/") + name);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("the description has every command with its options") {
  const CommandDescription program = whole_program();
  std::vector<std::string> names;
  for (const auto& command : program.commands) names.push_back(command.name);
  CHECK(names == std::vector<std::string>{"connect", "listen", "pair", "resolve", "hostname"});
  const CommandDescription& connect = program.commands[0];
  REQUIRE(connect.arguments.size() == 3);
  CHECK(connect.arguments[0].value == "ADDRESS");
  CHECK(connect.arguments[0].required);
  bool timeout = false, until = false;
  for (const OptionDescription& option : connect.options) {
    timeout = timeout || option.heading() == "-w, --timeout TIME";
    if (option.names.back() != "--until") continue;
    until = true;
    CHECK(option.choices() == std::vector<std::string>{"both", "in", "out", "any"});
  }
  CHECK(timeout);
  CHECK(until);
}

TEST_CASE("choices are what can be typed, without what stands for something else") {
  struct Row {
    const char* value;
    std::vector<std::string> choices;
  };
  for (const Row& row : std::vector<Row>{{"TIME", {}},
                                         {"both|in", {"both", "in"}},
                                         {"line|chunk=SIZE|none", {"line", "chunk=", "none"}},
                                         {"hex|text[=FILE]", {"hex", "text"}},
                                         {"FILE|FD", {}}}) {
    OptionDescription option;
    option.value = row.value;
    CHECK(option.choices() == row.choices);
  }
}

TEST_CASE("a letter means the same in every command, but for -r") {
  std::map<std::string, std::string> meaning;
  for (const auto& command : whole_program().commands)
    for (const auto& option : command.options) {
      CHECK((option.names.back().starts_with("--") || option.names.back() == "-4" ||
             option.names.back() == "-6"));
      if (option.names.size() < 2 || option.names[1] == "--reverse") continue;
      const auto [known, fresh] = meaning.emplace(option.names[0], option.names[1]);
      CAPTURE(command.name);
      CHECK(known->second == option.names[1]);
    }
}

TEST_CASE("help fits 80 columns and ends with examples") {
  for (const Command& command : commands()) {
    const std::string help = help_text(describe(command), whole_program().options);
    std::istringstream lines(help);
    bool examples = false;
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(line.size() <= 80);
      if (line == "Examples:") examples = true;
      if (examples && line != "Examples:") CHECK(line.find("sock ") != std::string::npos);
    }
    CHECK(examples);
    for (const char* general : {"--help", "--version", "--verbose", "--quiet"}) {
      const auto first = help.find(general);
      REQUIRE(first != std::string::npos);
      CHECK(help.find(general, first + 1) == std::string::npos);
    }
  }
}

TEST_CASE("the completions that are checked in are those of the parser") {
  const CommandDescription program = whole_program();
  CHECK(bash_completion(program) == file_text("sock.bash"));
  CHECK(zsh_completion(program) == file_text("_sock"));
  CHECK(fish_completion(program) == file_text("sock.fish"));
}

TEST_CASE("completions know every option") {
  const CommandDescription program = whole_program();
  const std::string bash = bash_completion(program), zsh = zsh_completion(program),
                    fish = fish_completion(program);
  for (const auto& command : program.commands)
    for (const auto& option : command.options)
      for (const std::string& name : option.names) {
        CAPTURE(name);
        CHECK(bash.find(name) != std::string::npos);
        CHECK(zsh.find("'*" + name + "[") != std::string::npos);
        const bool word = name.starts_with("--");
        CHECK(fish.find((word ? " -l " : " -s ") + name.substr(word ? 2 : 1)) != std::string::npos);
      }
}

TEST_CASE("arguments are cut at the first dashes") {
  const Split none = split_at_dashes({"a", "b"});
  CHECK(none.own == std::vector<std::string>{"a", "b"});
  CHECK(!none.command);
  const Split some = split_at_dashes({"a", "--", "b", "--", "c"});
  CHECK(some.own == std::vector<std::string>{"a"});
  CHECK(some.command == std::vector<std::string>{"b", "--", "c"});
  CHECK(split_at_dashes({"a", "--"}).command == std::vector<std::string>{});
}

}  // namespace
