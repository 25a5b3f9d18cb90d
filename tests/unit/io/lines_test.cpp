#include "io/lines.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

TEST_CASE("lines are cut off the front, whatever their end is") {
  std::vector<std::string> lines;
  for (std::string_view text = "one\ntwo\r\n\n\r\r\nlast\r"; !text.empty();)
    lines.emplace_back(sock::io::take_line(text));
  CHECK(lines == std::vector<std::string>{"one", "two", "", "\r", "last"});
  std::string_view nothing;
  CHECK(sock::io::take_line(nothing).empty());
}

}  // namespace
