#include "cmd/parser.hpp"

#include <algorithm>
#include <istream>
#include <ostream>

// <iostream> sets up eight streams and their locales before main(), which would be a tenth of the
// time of a start. CLI11 includes it for two names, in functions that are not called here.
#ifdef __GLIBCXX__
#define _GLIBCXX_IOSTREAM
namespace std {
extern ostream cout, cerr;
}
#endif

// In this file alone: each that includes it has objects of its own to be made before main().
#include <CLI/CLI.hpp>

#include "cmd/nearest.hpp"
#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

void add(CLI::App& app, const Option& row) {
  const std::string names(row.names());
  struct Adder {
    CLI::App& app;
    const std::string& names;
    bool argument;

    CLI::Option* operator()(Asked asked) const {
      // The help's flag is there from the start.
      return asked == Asked::help ? app.get_help_ptr() : app.set_version_flag(names, "");
    }
    CLI::Option* operator()(bool* flag) const { return app.add_flag(names, *flag); }
    CLI::Option* operator()(std::string* text) const { return app.add_option(names, *text); }
    CLI::Option* operator()(std::optional<std::string>* text) const {
      return app.add_option(names, *text);
    }
    CLI::Option* operator()(std::vector<std::string>* texts) const {
      CLI::Option* option = app.add_option(names, *texts);
      if (!argument) option->expected(1)->allow_extra_args(false);
      return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  };
  CLI::Option* option = std::visit(Adder{app, names, row.is_argument()}, row.target());
  if (row.is_required()) option->required();
}

// In the way it is usually asked; "-vh" is left to the parser.
std::optional<Asked> asked_plainly(const Options& options,
                                   const std::vector<std::string>& arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  for (const Option& row : options.rows()) {
    if (!std::holds_alternative<Asked>(row.target())) continue;
    for (const std::string& name : row.name_list())
      if (std::find(arguments.begin(), end, name) != end) return std::get<Asked>(row.target());
  }
  return std::nullopt;
}

// A command line without options, which needs no parser: whether each argument found its place.
bool fill_plainly(const Options& options, const std::vector<std::string>& arguments) {
  if (std::any_of(arguments.begin(), arguments.end(),
                  [](const std::string& text) { return text.starts_with('-'); }))
    return false;
  auto next = arguments.begin();
  for (const Option& row : options.rows()) {
    if (!row.is_argument()) continue;
    if (next == arguments.end()) {
      if (row.is_required()) return false;
    } else if (const auto* all = std::get_if<std::vector<std::string>*>(&row.target())) {
      (*all)->assign(next, arguments.end());
      next = arguments.end();
    } else if (const auto* text = std::get_if<std::string*>(&row.target())) {
      **text = *next++;
    } else {
      *std::get<std::optional<std::string>*>(row.target()) = *next++;
    }
  }
  return next == arguments.end();
}

// The long names that can be written.
std::vector<std::string> long_names(std::initializer_list<const Options*> all) {
  std::vector<std::string> names;
  for (const Options* options : all)
    for (const Option& row : options->rows())
      for (std::string& name : row.name_list())
        if (!row.is_hidden() && name.starts_with("--")) names.push_back(std::move(name));
  return names;
}

// The parser only says that it did not expect them.
[[noreturn]] void refuse_left_over(const std::string& argument,
                                   const std::vector<std::string>& names) {
  if (!argument.starts_with('-') || argument == "-")
    throw UsageError("'" + argument + "': one argument too many");
  const std::string name = argument.substr(0, argument.find('='));
  throw UsageError(name + ": there is no such option" + perhaps_meant(name, names));
}

}  // namespace

std::optional<Asked> parse(const Options& general, const Options& own,
                           std::vector<std::string> arguments) {
  if (const auto asked = asked_plainly(general, arguments)) return asked;
  if (fill_plainly(own, arguments)) return std::nullopt;
  CLI::App app("", "sock");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  // To make one of its options costs more than all else here: only those that can be meant.
  for (const Options* options : {&general, &own})
    for (const Option& row : options->rows())
      if (row.is_argument() || row.may_be_in(arguments)) add(app, row);
  std::reverse(arguments.begin(), arguments.end());  // as it wants them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return Asked::help;
  } catch (const CLI::CallForVersion&) {
    return Asked::version;
  } catch (const CLI::ExtrasError& error) {
    refuse_left_over(app.remaining().front(), long_names({&general, &own}));
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return std::nullopt;
}

}  // namespace sock::cmd
