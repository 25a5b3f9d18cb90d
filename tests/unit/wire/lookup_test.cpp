#include "wire/lookup.hpp"

#include <netinet/in.h>

#include <chrono>
#include <csignal>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "sock/error.hpp"

using namespace sock;
using namespace sock::wire;
using namespace std::chrono_literals;

namespace {

Question named(std::string host) {
  Question q;
  q.host = std::move(host);
  q.service = "80";
  q.type = SOCK_STREAM;
  return q;
}

std::vector<AddressInfo> one_answer() {
  return {{AF_INET, SOCK_STREAM, IPPROTO_TCP, "", Address::inet("192.0.2.1", 80)}};
}

}  // namespace

TEST_CASE("a numeric host is an address in dotted form or of IPv6") {
  for (const char* host : {"192.0.2.1", "::", "2001:db8::1", "fe80::1%eth0", "::192.0.2.1"}) {
    CAPTURE(host);
    CHECK(is_numeric(host));
  }
  for (const char* host : {"", "localhost", "192.0.2", "192.0.2.1%eth0", "::1]", "1", "%eth0",
                           "2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999"}) {
    CAPTURE(host);
    CHECK_FALSE(is_numeric(host));
  }
}

TEST_CASE("a numeric question, or one without a limit, is answered in place") {
  const auto here = std::this_thread::get_id();
  std::thread::id there;
  const Ask ask = [&](const Question&) {
    there = std::this_thread::get_id();
    return one_answer();
  };
  (void)look_up(named("192.0.2.1"), Deadline(5s), ask);
  CHECK(there == here);
  there = {};
  (void)look_up(named("example.test"), Deadline(Timeout()), ask);
  CHECK(there == here);
}

TEST_CASE("a name with a limit is asked in a thread that no signal reaches") {
  sigset_t before;
  REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &before) == 0);
  std::thread::id there;
  bool blocked = false;
  const auto found = look_up(named("example.test"), Deadline(20s), [&](const Question& q) {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked = ::sigismember(&mask, SIGINT) == 1 && ::sigismember(&mask, SIGTERM) == 1;
    there = std::this_thread::get_id();
    CHECK(q.host == "example.test");
    return one_answer();
  });
  CHECK(there != std::this_thread::get_id());
  CHECK(blocked);
  REQUIRE(found.size() == 1);
  CHECK(found[0].address == Address::inet("192.0.2.1", 80));
  sigset_t after;
  REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &after) == 0);
  CHECK(::sigismember(&after, SIGINT) == ::sigismember(&before, SIGINT));
}

TEST_CASE("a look-up that does not come back is left behind at the deadline") {
  // Owned by the asking thread as well, which goes on after this test has its error.
  struct Gate {
    std::promise<void> open;
    std::promise<void> passed;
  };
  const auto gate = std::make_shared<Gate>();
  const auto start = std::chrono::steady_clock::now();
  try {
    (void)look_up(named("slow.test"), Deadline(50ms), [gate](const Question&) {
      gate->open.get_future().wait();
      gate->passed.set_value();
      return one_answer();
    });
    FAIL("answered before it was asked");
  } catch (const TimeoutError& e) {
    CHECK(e.code() == Errc::timed_out);
    CHECK(e.operation() == "resolve");
    CHECK(e.subject() == "slow.test");
  }
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= 50ms);
  CHECK(took < 10s);
  gate->open.set_value();
  CHECK(gate->passed.get_future().wait_for(20s) == std::future_status::ready);
}

TEST_CASE("what the look-up throws is thrown to who asked") {
  const auto fail = [](const Question& q) -> std::vector<AddressInfo> {
    throw gaierror({EAI_NONAME, gai_category()}, "resolve", *q.host);
  };
  try {
    (void)look_up(named("nowhere.test"), Deadline(20s), fail);
    FAIL("nowhere.test was found");
  } catch (const gaierror& e) {
    CHECK(e.code().value() == EAI_NONAME);
    CHECK(e.subject() == "nowhere.test");
  }
}

TEST_CASE("the system's failure names the host that was asked for") {
  Question q = named("not-numeric");
  q.flags = AI_NUMERICHOST;  // so that no name server is asked
  for (const Timeout limit : {Timeout(), Timeout(20s)}) {
    try {
      (void)look_up(q, Deadline(limit));
      FAIL("a name was taken for an address");
    } catch (const gaierror& e) {
      CHECK(e.code().value() == EAI_NONAME);
      CHECK(e.subject() == "not-numeric:80");
    }
  }
}
