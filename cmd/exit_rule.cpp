#include "cmd/exit_rule.hpp"

#include <algorithm>

namespace sock::cmd {
namespace {

int first_failure(std::span<const Ended> all) noexcept {
  const auto failed = std::find_if(all.begin(), all.end(),
                                   [](const Ended& one) { return one.code != 0 && !one.overdue; });
  return failed == all.end() ? 0 : failed->code;
}

}  // namespace

int exit_code(ExitRule rule, std::span<const Ended> all) noexcept {
  switch (rule) {
    case ExitRule::first:
      return all.front().code;
    case ExitRule::last:
      return all.back().code;
    case ExitRule::worst:
      return std::max_element(all.begin(), all.end(),
                              [](const Ended& a, const Ended& b) { return a.code < b.code; })
          ->code;
    case ExitRule::failed:
      break;
  }
  return first_failure(all);
}

}  // namespace sock::cmd
