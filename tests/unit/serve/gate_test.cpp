#include "serve/gate.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace sock;
using serve::Gate;

const Address peer = Address::inet("192.0.2.1", 1000);

TEST_CASE("a place that was claimed is nobody else's until it is given back") {
  Gate gate({.at_a_time = 2});
  CHECK(gate.claim());
  CHECK(gate.claim());
  CHECK_FALSE(gate.claim());
  CHECK(gate.full());
  gate.give_back();
  CHECK(gate.claim());
  CHECK(gate.enter(peer) == 1);
  CHECK(gate.now() == 1);
}

TEST_CASE("it tells when there is room where there was none, and when there will be none") {
  int changes = 0;
  Gate gate({.at_a_time = 1, .per_host = {}, .in_all = 2});
  gate.when_changed([&] { ++changes; });
  CHECK(gate.claim());
  CHECK(gate.enter(peer) == 1);
  CHECK(changes == 0);
  gate.leave(peer);
  CHECK(changes == 1);
  CHECK(gate.claim());
  CHECK(gate.enter(peer) == 2);
  CHECK(gate.exhausted());
  CHECK(changes == 2);
}

TEST_CASE("threads that let in at the same time never let in more than may be") {
  constexpr std::size_t most = 5;
  Gate gate({.at_a_time = most, .per_host = {}, .in_all = 2000});
  std::atomic<bool> too_many = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      while (!gate.exhausted()) {
        if (!gate.claim()) {
          std::this_thread::yield();
          continue;
        }
        if (!gate.enter(peer)) continue;
        if (gate.now() > most) too_many = true;
        gate.leave(peer);
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK_FALSE(too_many);
  CHECK(gate.total() == 2000);
  CHECK(gate.now() == 0);
}

}  // namespace
