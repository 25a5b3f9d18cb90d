#include "cmd/listen_many.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sock::cmd;
using namespace std::chrono_literals;

TEST_CASE("the state of a listener is one line, with rates") {
  CHECK(state_line({.now = 1, .served = 5, .denied = 2, .traffic = {1, 100, 2s}}) ==
        "1 session, 5 served, 2 turned away; received 100 bytes (50/s), sent 1 byte (0/s) in 2s");
  CHECK(state_line({}).starts_with("0 sessions, 0 served, 0 turned away; "));
}

}  // namespace
