#include "serve/limits.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sock;
using serve::Admission;

const Address first = Address::inet("192.0.2.1", 1000);
const Address first_again = Address::inet6("::ffff:192.0.2.1", 2000);
const Address second = Address::inet("192.0.2.2", 1000);

TEST_CASE("without limits everybody enters") {
  Admission admission({});
  for (int i = 0; i < 1000; ++i) CHECK(admission.enter(first));
  CHECK(admission.now() == 1000);
  CHECK(!admission.full());
  CHECK(!admission.exhausted());
}

TEST_CASE("as many at a time as may be, and the next when one has left") {
  Admission admission({.at_a_time = 2});
  CHECK(admission.enter(first));
  CHECK(!admission.full());
  CHECK(admission.enter(second));
  CHECK(admission.full());
  admission.leave(first);
  CHECK(!admission.full());
  CHECK(admission.now() == 1);
  CHECK(admission.total() == 2);
}

TEST_CASE("one host may have only so many, whichever family its address came in") {
  Admission admission({.per_host = 2});
  CHECK(admission.enter(first));
  CHECK(admission.enter(first_again));
  CHECK(!admission.enter(first));
  CHECK(admission.enter(second));
  CHECK(admission.now() == 3);
  CHECK(admission.total() == 3);
  admission.leave(first);
  CHECK(admission.enter(first_again));
  CHECK(!admission.enter(first));
}

TEST_CASE("those that were turned away do not count in all") {
  Admission admission({.per_host = 1, .in_all = 2});
  CHECK(admission.enter(first));
  CHECK(!admission.enter(first));
  CHECK(!admission.exhausted());
  admission.leave(first);
  CHECK(!admission.exhausted());
  CHECK(admission.enter(first));
  CHECK(admission.exhausted());
  admission.leave(first);
  CHECK(admission.exhausted());
}

}  // namespace
