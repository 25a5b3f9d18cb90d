#include "cmd/login_file.hpp"

#include <doctest/doctest.h>

#include "cmd/values.hpp"

namespace {

using namespace sock::cmd;

TEST_CASE("the users of a file, and their passwords") {
  const sock::wire::Logins logins = parse_logins("# who\n\nme:secret\r\nyou:a:b#c\n");
  CHECK(logins.size() == 2);
  CHECK(logins.let_in({"me", "secret"}));
  CHECK(logins.let_in({"you", "a:b#c"}));
  CHECK(!logins.let_in({"me", "secre"}));
  CHECK(!logins.let_in({"me", "a:b#c"}));
  CHECK(!logins.let_in({"", ""}));
  CHECK(!logins.let_in({"# who", ""}));
}

TEST_CASE("a line that is no login is named by its number alone") {
  CHECK_THROWS_WITH_AS(parse_logins("me:secret\nhunter2\n"), "line 2: expected user:password",
                       UsageError);
  for (const std::string& line : {std::string(":x"), std::string("x:"),
                                  "x:" + std::string(256, 'x'), std::string(256, 'x') + ":x"})
    CHECK_THROWS_WITH_AS(parse_logins(line),
                         "line 1: a user and a password have 1 to 255 bytes each", UsageError);
  CHECK_THROWS_WITH_AS(parse_logins("# nobody\n"), "nobody is in it: expected lines user:password",
                       UsageError);
}

}  // namespace
