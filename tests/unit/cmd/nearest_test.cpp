#include "cmd/nearest.hpp"

#include <doctest/doctest.h>

using namespace sock::cmd;

TEST_CASE("letters apart: put in, left out, changed, swapped") {
  struct Row {
    const char *a, *b;
    std::size_t apart;
  };
  for (const Row& row : {Row{"", "", 0}, Row{"", "abc", 3}, Row{"abc", "", 3}, Row{"abc", "abc", 0},
                         Row{"abc", "ac", 1}, Row{"abc", "axc", 1}, Row{"abc", "acb", 1},
                         Row{"timout", "timeout", 1}, Row{"kitten", "sitting", 3}}) {
    CAPTURE(row.a);
    CHECK(letters_apart(row.a, row.b) == row.apart);
    CHECK(letters_apart(row.b, row.a) == row.apart);
  }
}

TEST_CASE("the nearest word is the one that a slip of the finger made of it") {
  const std::vector<std::string> known{"--timeout", "--tls", "--json", "--join", "SO_RCVBUF"};
  CHECK(nearest("--timout", known) == "--timeout");
  CHECK(nearest("--TIMEOUT", known) == "--timeout");
  CHECK(nearest("--tsl", known) == "--tls");
  CHECK(nearest("so_rcvbuff", known) == "SO_RCVBUF");
  CHECK_FALSE(nearest("--cap", {"--cat", "--car"}));  // either
  CHECK_FALSE(nearest("--colour", known));
  CHECK_FALSE(nearest("", known));
  CHECK_FALSE(nearest(std::string(1000, 'x'), known));
  CHECK(perhaps_meant("--timout", known) == "; perhaps --timeout was meant");
  CHECK(perhaps_meant("--colour", known) == "");
}
