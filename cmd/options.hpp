// What a command line may hold: rows, from which the parser, the help, the completions and the
// manual's tests are made. Cheap to make, for every start makes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sock::cmd {

// What is asked for instead of a run.
enum class Asked { help, version };

class Option {
 public:
  // Where its value goes. Of an option that is given again the last value counts; a vector takes
  // them all.
  using Target = std::variant<Asked, bool*, std::string*, std::optional<std::string>*,
                              std::vector<std::string>*>;

  // `names`: "-w,--timeout"; of an argument "ADDRESS"; of a flag that another takes back
  // "--dualstack,!--no-dualstack". The views must be of literals.
  Option(std::string_view names, Target target, std::string help)
      : names_(names), target_(target), help_(std::move(help)) {}

  // What stands for its value: "TIME", "both|in|out|any".
  Option& type_name(std::string_view name) noexcept {
    type_name_ = name;
    return *this;
  }
  // Under which heading of the help it stands.
  Option& group(std::string_view name) noexcept {
    group_ = name;
    return *this;
  }
  Option& required() noexcept {
    required_ = true;
    return *this;
  }

  // For the tests: no help, no completion and no manual knows it.
  Option& hidden() noexcept {
    hidden_ = true;
    return *this;
  }

  std::string_view names() const noexcept { return names_; }
  std::vector<std::string> name_list() const;  // "-w", "--timeout"; none for an argument
  std::string_view type_name() const noexcept { return type_name_; }
  std::string_view group() const noexcept { return group_; }
  const std::string& help() const noexcept { return help_; }
  const Target& target() const noexcept { return target_; }
  bool is_hidden() const noexcept { return hidden_; }
  bool is_required() const noexcept { return required_; }
  bool is_argument() const noexcept { return !names_.starts_with('-'); }
  bool is_flag() const noexcept { return target_.index() <= 1; }
  // May one of the arguments be meant for it? Sometimes yes where it is not.
  bool may_be_in(const std::vector<std::string>& arguments) const;

 private:
  std::string_view names_, type_name_, group_;
  Target target_;
  std::string help_;
  bool required_ = false;
  bool hidden_ = false;
};

// The targets must outlive it.
class Options {
 public:
  // The row can be changed until the next is added.
  Option& add_option(std::string_view names, Option::Target target, std::string help) {
    return rows_.emplace_back(names, target, std::move(help));
  }
  Option& add_flag(std::string_view names, Option::Target target, std::string help) {
    return rows_.emplace_back(names, target, std::move(help));
  }
  // What stands at the end of the help: a literal.
  void examples(std::string_view text) noexcept { examples_ = text; }

  const std::vector<Option>& rows() const noexcept { return rows_; }
  std::string_view examples() const noexcept { return examples_; }

 private:
  std::vector<Option> rows_;
  std::string_view examples_;
};

}  // namespace sock::cmd
