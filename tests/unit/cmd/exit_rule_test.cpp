#include "cmd/exit_rule.hpp"

#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace sock::cmd;

TEST_CASE("each rule takes one code of all") {
  struct Row {
    std::vector<Ended> all;
    int failed, first, last, worst;
  };
  const std::vector<Row> rows{
      {{{0}, {0}}, 0, 0, 0, 0},
      {{{3}, {0}}, 3, 3, 0, 3},
      {{{0}, {4}}, 4, 0, 4, 4},
      {{{3}, {4}}, 3, 3, 4, 4},
      {{{141}, {1}}, 141, 141, 1, 141},
      // Who had to be ended has not failed.
      {{{0}, {143, true}}, 0, 0, 143, 143},
      {{{5}, {143, true}}, 5, 5, 143, 143},
      {{{7}}, 7, 7, 7, 7},
  };
  for (const Row& row : rows) {
    CAPTURE(&row - rows.data());
    CHECK(exit_code(ExitRule::failed, row.all) == row.failed);
    CHECK(exit_code(ExitRule::first, row.all) == row.first);
    CHECK(exit_code(ExitRule::last, row.all) == row.last);
    CHECK(exit_code(ExitRule::worst, row.all) == row.worst);
  }
}

}  // namespace
