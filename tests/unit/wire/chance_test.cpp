#include "wire/chance.hpp"

#include <set>

#include <doctest/doctest.h>

TEST_CASE("chance is spread over [0, 1)") {
  std::set<double> seen;
  bool low = false, high = false;
  for (int i = 0; i < 200; ++i) {
    const double x = sock::wire::chance();
    CHECK(x >= 0);
    CHECK(x < 1);
    low = low || x < 0.25;
    high = high || x >= 0.75;
    seen.insert(x);
  }
  // 200 times without one in a quarter: once in 10^24.
  CHECK(low);
  CHECK(high);
  CHECK(seen.size() > 190);
}
