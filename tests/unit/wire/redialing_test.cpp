#include "wire/redialing.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "recorder.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace sock;
using namespace sock::wire;
using namespace std::chrono_literals;

namespace {

DialPlan to(const std::string& target) {
  DialPlan plan;
  plan.target = parse_endpoint(target);
  plan.timeout = 20s;
  return plan;
}

// Does something when it is told of the first pause.
struct Meanwhile : Recorder {
  std::function<void()> once;
  void retrying(std::string_view, const std::exception_ptr&, std::chrono::nanoseconds) override {
    ++pauses;
    if (const auto action = std::exchange(once, nullptr)) action();
  }
  int pauses = 0;
};

}  // namespace

TEST_CASE("a peer that comes later is reached") {
  const support::TempDir dir;
  const std::string path = dir / "s";
  Socket listener(AF_UNIX);
  Meanwhile seen;
  seen.once = [&] {
    listener.bind(Address::unix_(path));
    listener.listen();
  };
  io::Loop loop;
  bool connected = false;
  const Redialing redialing(loop, to("unix:" + path), std::nullopt,
                            TryUntil{io::Clock::now() + 20s, "limit"}, seen,
                            [&](const std::exception_ptr& e, Reached* d) {
                              CHECK_FALSE(e);
                              connected = d != nullptr;
                            });
  loop.run();
  CHECK(connected);
  CHECK(seen.pauses == 1);
}

TEST_CASE("when the limit is over the error has the last failure, and names the limit") {
  const support::ClosedPort closed;
  Meanwhile seen;
  io::Loop loop;
  std::exception_ptr error;
  const auto start = io::Clock::now();
  const Redialing redialing(loop, to(closed.address()), std::nullopt,
                            TryUntil{start + 300ms, "--wait 300ms"}, seen,
                            [&](std::exception_ptr e, Reached*) { error = std::move(e); });
  loop.run();
  CHECK(seen.pauses >= 2);
  CHECK(io::Clock::now() - start >= 280ms);
  try {
    std::rethrow_exception(error);
  } catch (const GaveUp& e) {
    CHECK(std::string(e.what()).starts_with("connect " + closed.address() +
                                            ": --wait 300ms is over after "));
    CHECK_THROWS_AS(std::rethrow_exception(e.last()), ConnectionRefusedError);
  }
}

TEST_CASE("a try that nobody answers ends with the limit") {
  const support::FullListener full;
  Meanwhile seen;
  io::Loop loop;
  std::exception_ptr error;
  const Redialing redialing(loop, to(full.address()), std::nullopt,
                            TryUntil{io::Clock::now() + 100ms, "limit"}, seen,
                            [&](std::exception_ptr e, Reached*) { error = std::move(e); });
  loop.run();
  CHECK_THROWS_AS(std::rethrow_exception(error), GaveUp);
}

TEST_CASE("what cannot pass is told at once") {
  Meanwhile seen;
  io::Loop loop;
  std::exception_ptr error;
  const Redialing redialing(loop, to("unix:"), std::nullopt, std::nullopt, seen,
                            [&](std::exception_ptr e, Reached*) { error = std::move(e); });
  loop.run();
  CHECK(seen.pauses == 0);
  CHECK_THROWS_AS(std::rethrow_exception(error), UsageError);
}
