#include "cmd/resolve_tries.hpp"

#include <netdb.h>

#include <chrono>

#include <doctest/doctest.h>

#include "cmd/resolve_ask.hpp"
#include "sock/error.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using namespace std::chrono_literals;

[[noreturn]] void fail(int code) { throw gaierror({code, gai_category()}, "getaddrinfo", "a"); }

TEST_CASE("what a look-up finds is what there is to say") {
  const Outcome outcome = outcome_of({}, {"a"}, [](const auto& name, Timeout) -> Answer {
    return Fact{"fqdn", name.host + ".test"};
  });
  CHECK(outcome.data == "a.test\n");
  CHECK(outcome.error.empty());
  CHECK(outcome.exit == Exit::done);
}

TEST_CASE("a failure has its words and its exit code") {
  const Outcome missing =
      outcome_of({}, {"a"}, [](const auto&, Timeout) -> Answer { fail(EAI_NONAME); });
  CHECK(missing.exit == Exit::not_found);
  CHECK(missing.error.find("EAI_NONAME") != std::string::npos);
  CHECK(missing.data.empty());
  const Outcome late = outcome_of({}, {"a"}, [](const auto&, Timeout) -> Answer {
    throw_error(Errc::timed_out, "resolve", "a");
  });
  CHECK(late.exit == Exit::timed_out);
  const Outcome unconfirmed = outcome_of(
      {}, {"a"}, [](const auto&, Timeout) -> Answer { throw Unconfirmed("another's name"); });
  CHECK(unconfirmed.exit == Exit::not_found);
  CHECK(unconfirmed.error == "another's name");
}

TEST_CASE("a look-up that takes too long is told with its limit") {
  ResolvePlan plan;
  plan.limit = "--timeout 2s";
  const auto late = [](const auto&, Timeout) -> Answer {
    throw TimeoutError(Errc::timed_out, "resolve", "a");
  };
  const std::string expected =
      "resolve a: timed out; the name servers did not answer within --timeout 2s; see "
      "/etc/resolv.conf, or give it more time";
  CHECK(outcome_of(plan, {"a"}, late).error == expected);
  plan.count = 2;
  CHECK(outcome_of(plan, {"a"}, late).error == expected);
}

TEST_CASE("--wait looks up again until the name is found") {
  ResolvePlan plan;
  plan.wait = 20s;
  plan.timeout = Timeout(50s);
  int tries = 0;
  const Outcome outcome = outcome_of(plan, {"a"}, [&](const auto&, Timeout timeout) -> Answer {
    CHECK(*timeout.value() <= 20s);  // what is left of the wait
    if (++tries < 3) fail(EAI_AGAIN);
    return Fact{"fqdn", "a.test"};
  });
  CHECK(tries == 3);
  CHECK(outcome.data == "a.test\n");
  CHECK(outcome.exit == Exit::done);
}

TEST_CASE("--wait ends when its time is over, and at once when there is no hope") {
  ResolvePlan plan;
  plan.wait = 50ms;
  int tries = 0;
  const Outcome late = outcome_of(plan, {"a", "80"}, [&](const auto&, Timeout) -> Answer {
    ++tries;
    fail(EAI_NONAME);
  });
  CHECK(tries > 1);
  CHECK(late.exit == Exit::timed_out);
  CHECK(late.error.starts_with("resolve a:80: --wait 50ms is over after "));
  CHECK(late.error.find("EAI_NONAME") != std::string::npos);
  tries = 0;
  plan.wait = 20s;
  const Outcome hopeless = outcome_of(plan, {"a"}, [&](const auto&, Timeout) -> Answer {
    ++tries;
    fail(EAI_SERVICE);
  });
  CHECK(tries == 1);
  CHECK(hopeless.exit == Exit::not_found);
}

TEST_CASE("--count looks up so often, and says what failed meanwhile") {
  ResolvePlan plan;
  plan.count = 4;
  int tries = 0;
  const Outcome some = outcome_of(plan, {"a"}, [&](const auto&, Timeout) -> Answer {
    if (++tries == 2) fail(EAI_AGAIN);
    return Fact{"fqdn", "a.test"};
  });
  CHECK(tries == 4);
  CHECK(some.data.starts_with("a  4 look-ups  1 failed  min "));
  CHECK(some.error.find("EAI_AGAIN") != std::string::npos);
  CHECK(some.exit == Exit::not_found);
  const Outcome none =
      outcome_of(plan, {"a"}, [&](const auto&, Timeout) -> Answer { fail(EAI_AGAIN); });
  CHECK(none.data.starts_with("a  4 look-ups  4 failed  min "));
}

}  // namespace
