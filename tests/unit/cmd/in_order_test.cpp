#include "cmd/in_order.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace sock::cmd;
using Numbers = std::vector<int>;

// The numbers below `end`, each made into work by `make`.
template <class Make>
Source counting(int end, Make make) {
  const auto next = std::make_shared<int>(0);
  return [=]() -> std::optional<Work> {
    if (*next == end) return std::nullopt;
    return make((*next)++);
  };
}

TEST_CASE("results are delivered in order, whatever the number of threads") {
  for (const unsigned threads : {1U, 2U, 8U}) {
    CAPTURE(threads);
    Numbers seen;
    in_order(counting(2000,
                      [&seen](int i) -> Work {
                        return
                            [&seen, i]() -> Delivery { return [&seen, i] { seen.push_back(i); }; };
                      }),
             threads, 16);
    REQUIRE(seen.size() == 2000);
    for (int i = 0; i < 2000; ++i) CHECK(seen[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("pieces are done at the same time") {
  // Each of two waits until the other has begun.
  const auto begun = std::make_shared<std::vector<std::promise<void>>>(2);
  const auto others = std::make_shared<std::vector<std::shared_future<void>>>();
  for (auto& one : *begun) others->push_back(one.get_future().share());
  int delivered = 0;
  in_order(counting(2,
                    [=, &delivered](int i) -> Work {
                      return [=, &delivered]() -> Delivery {
                        (*begun)[static_cast<std::size_t>(i)].set_value();
                        const auto other = (*others)[static_cast<std::size_t>(1 - i)];
                        const bool met =
                            other.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
                        return [=, &delivered] { delivered += met ? 1 : 0; };
                      };
                    }),
           2, 2);
  CHECK(delivered == 2);
}

TEST_CASE("no more are under way than there are threads") {
  const auto under_way = std::make_shared<std::atomic<int>>(0);
  const auto most = std::make_shared<std::atomic<int>>(0);
  in_order(counting(200,
                    [=](int) -> Work {
                      return [=]() -> Delivery {
                        const int now = ++*under_way;
                        int before = *most;
                        while (before < now && !most->compare_exchange_weak(before, now)) {
                        }
                        std::this_thread::yield();
                        --*under_way;
                        return [] {};
                      };
                    }),
           3, 100);
  CHECK(*most <= 3);
}

TEST_CASE("a slow piece lets only so many others go ahead of it") {
  const auto taken = std::make_shared<std::atomic<int>>(0);
  const auto seen = std::make_shared<std::atomic<int>>(0);
  in_order(counting(50,
                    [=](int i) -> Work {
                      ++*taken;
                      return [=]() -> Delivery {
                        // The first is done when all that may be taken meanwhile were.
                        while (i == 0 && *taken < 5) std::this_thread::yield();
                        if (i == 0) *seen = taken->load();
                        return [] {};
                      };
                    }),
           2, 5);
  CHECK(*seen == 5);
  CHECK(*taken == 50);
}

TEST_CASE("what source, work or delivery throws ends the run") {
  for (const int where : {0, 1, 2}) {
    for (const unsigned threads : {1U, 4U}) {
      CAPTURE(where);
      CAPTURE(threads);
      const auto fails = [where](int i, int here) {
        if (i == 20 && where == here) throw std::runtime_error("no more");
      };
      Numbers seen;
      CHECK_THROWS_WITH(in_order(counting(1000,
                                          [&seen, fails](int i) -> Work {
                                            fails(i, 0);
                                            return [&seen, fails, i]() -> Delivery {
                                              fails(i, 1);
                                              return [&seen, fails, i] {
                                                fails(i, 2);
                                                seen.push_back(i);
                                              };
                                            };
                                          }),
                                 threads, 8),
                        "no more");
      CHECK(seen.size() <= 20);
    }
  }
}

TEST_CASE("nothing to do is done at once") {
  in_order([]() -> std::optional<Work> { return std::nullopt; }, 4, 4);
}

}  // namespace
