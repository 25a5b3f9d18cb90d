#include "io/mailbox.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "ends.hpp"

using sock::io::Loop;
using sock::io::Mailbox;

TEST_CASE("a loop makes the calls of other threads in its own, in the order of each") {
  constexpr int each = 1000;
  Loop loop;
  Mailbox mailbox(loop);
  std::vector<int> last(4, -1);
  int in_order = 0;
  const auto own = std::this_thread::get_id();
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < last.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        mailbox.post([&, t, i] {
          if (std::this_thread::get_id() == own && std::exchange(last[t], i) == i - 1) ++in_order;
          if (in_order == 4 * each) loop.stop();
        });
    });
  ends::run(loop);
  for (std::thread& thread : threads) thread.join();
  CHECK(in_order == 4 * each);
}

TEST_CASE("a call may post another") {
  Loop loop;
  Mailbox mailbox(loop);
  mailbox.post([&] { mailbox.post([&] { loop.stop(); }); });
  ends::run(loop);
}
