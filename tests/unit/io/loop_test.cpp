#include "io/loop.hpp"

#include <sys/syscall.h>

#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "support/descriptors.hpp"
#include "support/interrupts.hpp"
#include "support/syscalls.hpp"
#include "support/temp.hpp"

using namespace std::chrono_literals;
using sock::Fd;
using sock::io::Clock;
using sock::io::Interest;
using sock::io::Loop;
using sock::io::Ready;
using sock::io::Timer;
using sock::io::Watch;

TEST_CASE("a watch is called while its descriptor is ready, and not after it is destroyed") {
  Loop loop;
  const auto pipe = ends::pipe();
  ends::put(pipe.b, "ab");
  std::string seen;
  Watch watch = loop.watch(pipe.a, Interest::read, "test", [&](Ready ready) {
    CHECK(ready.read);
    CHECK_FALSE(ready.write);
    char c = 0;
    REQUIRE(::read(pipe.a.get(), &c, 1) == 1);
    seen += c;
    if (seen.size() == 2) watch = {};
    return true;
  });
  ends::put(pipe.b, "c");
  ends::run(loop);
  CHECK(seen == "ab");
}

TEST_CASE("a loop with nothing to wait for ends at once") {
  Loop loop;
  loop.run();
  auto [reader, writer] = ends::pipe();
  {
    const Watch watch = loop.watch(reader, Interest::read, "test", [](Ready) { return true; });
  }
  {
    const Timer timer = loop.after(1h, [] {});
  }
  loop.run();
}

TEST_CASE("stop before run makes the next run return at once, and only that one") {
  Loop loop;
  int fired = 0;
  const Timer timer = loop.after(0s, [&] { ++fired; });
  loop.stop();
  loop.run();
  CHECK(fired == 0);
  loop.run();
  CHECK(fired == 1);
}

TEST_CASE("a callback may destroy another watch whose event is in the same turn") {
  Loop loop;
  std::vector<ends::Pair> pipes;
  std::vector<Watch> watches(10);
  int called = 0;
  for (int i = 0; i < 10; ++i) {
    pipes.push_back(ends::pipe());
    ends::put(pipes.back().b, "x");
  }
  for (std::size_t i = 0; i < 10; ++i)
    watches[i] = loop.watch(pipes[i].a, Interest::read, "test", [&](Ready) {
      ++called;
      for (Watch& w : watches) w = {};  // its own among them
      return true;
    });
  ends::run(loop);
  CHECK(called == 1);
}

TEST_CASE("what a callback captured lives until it returns, also when it destroys its watch") {
  Loop loop;
  auto [reader, writer] = ends::pipe();
  ends::put(writer, "x");
  std::optional<Watch> watch;
  std::string seen;
  watch = loop.watch(reader, Interest::read, "test",
                     [&watch, &seen, text = std::string(100, 'y')](Ready) {
                       watch.reset();
                       seen = text;
                       return true;
                     });
  ends::run(loop);
  CHECK(seen == std::string(100, 'y'));
}

TEST_CASE("interest that is taken back in the same turn is not told") {
  Loop loop;
  auto one = ends::pipe(), two = ends::pipe();
  ends::put(one.b, "x");
  ends::put(two.b, "x");
  Watch first, second;
  int called = 0;
  const auto callback = [&](Ready) {
    ++called;
    first.set(Interest::none);
    second.set(Interest::none);
    loop.stop();
    return true;
  };
  first = loop.watch(one.a, Interest::read, "first", callback);
  second = loop.watch(two.a, Interest::read, "second", callback);
  ends::run(loop);
  CHECK(called == 1);
  ends::settle(loop);
  CHECK(called == 1);
}

TEST_CASE("a watch that waits for nothing is told of a hang-up once") {
  Loop loop;
  auto [a, b] = ends::sockets();
  int called = 0;
  const Watch watch = loop.watch(a, Interest::none, "test", [&](Ready ready) {
    CHECK(ready.hangup);
    CHECK_FALSE(ready.read);
    CHECK_FALSE(ready.write);
    ++called;
    return false;
  });
  ends::put(b, "unread");
  ends::settle(loop);
  CHECK(called == 0);
  b.reset();
  ends::settle(loop);
  CHECK(called == 1);
}

TEST_CASE("a hang-up or an error counts as ready for what is waited for") {
  Loop loop;
  auto [reader, writer] = ends::pipe();
  ends::fill(writer);
  reader.reset();
  std::optional<Ready> seen;
  Watch watch = loop.watch(writer, Interest::write, "test", [&](Ready ready) {
    seen = ready;
    loop.stop();
    return true;
  });
  ends::run(loop);
  REQUIRE(seen);
  CHECK(seen->write);
  CHECK(seen->error);
  CHECK_FALSE(seen->read);
}

TEST_CASE("a descriptor that epoll refuses is ready at every turn for what is waited for") {
  support::TempDir dir;
  support::write_file(dir / "file", "text");
  const Fd file(::open((dir / "file").c_str(), O_RDONLY | O_CLOEXEC));
  Loop loop;
  int called = 0;
  Watch watch = loop.watch(file, Interest::read, "file", [&](Ready ready) {
    CHECK(ready.read);
    CHECK_FALSE(ready.write);
    if (++called == 3) watch.set(Interest::none);
    return true;
  });
  ends::settle(loop);
  CHECK(called == 3);

  // Now that it waits for nothing the loop sleeps.
  const auto calls = support::system_calls([&] { ends::settle(loop); });
  if (!calls) {
    MESSAGE("skipped: this machine does not allow tracing");
    return;
  }
  CHECK(*calls == std::vector<long>{SYS_epoll_wait});
}

TEST_CASE("a watch goes on with the file that takes the place of its own") {
  Loop loop;
  auto [reader, writer] = ends::pipe();
  int calls = 0;
  Watch watch = loop.watch(writer, Interest::none, "test", [&](Ready ready) {
    CHECK(ready.write);
    ++calls;
    loop.stop();
    return true;
  });
  const sock::Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  REQUIRE(::dup3(null.get(), writer.get(), O_CLOEXEC) >= 0);  // closes the pipe's end
  watch.set(Interest::write);
  loop.run();
  CHECK(calls == 1);
  watch.set(Interest::none);
  watch = Watch();
  loop.run();  // nothing is left to wait for
}

TEST_CASE("a file that is always ready does not keep a pipe from being called") {
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  auto [reader, writer] = ends::pipe();
  ends::put(writer, "x");
  Loop loop;
  const Watch file = loop.watch(null, Interest::read, "null", [](Ready) { return true; });
  const Watch pipe = loop.watch(reader, Interest::read, "pipe", [&](Ready) {
    loop.stop();
    return true;
  });
  ends::run(loop);
}

TEST_CASE("timers fire no earlier than asked, in order, and not when destroyed") {
  Loop loop;
  std::string fired;
  const auto start = Clock::now();
  const Timer c = loop.after(11ms, [&] { fired += 'c'; });
  const Timer a = loop.after(1500us, [&] {
    fired += 'a';
    CHECK(Clock::now() - start >= 1500us);
    CHECK(loop.now() - start >= 1500us);
  });
  Timer gone = loop.after(3ms, [&] { fired += 'x'; });
  gone = loop.at(start + 5ms, [&] { fired += 'b'; });
  const Timer far = loop.after(Clock::duration::max(), [] {});
  const Timer end = loop.after(12ms, [&] { loop.stop(); });
  ends::run(loop);
  CHECK(fired == "abc");
  CHECK(Clock::now() - start >= 12ms);
}

TEST_CASE("a signal that interrupts the wait does not end it") {
  support::Interrupts interrupts(2ms);
  Loop loop;
  bool fired = false;
  const Timer timer = loop.after(30ms, [&] { fired = true; });
  loop.run();
  CHECK(fired);
  CHECK(interrupts.delivered() > 0);
}

TEST_CASE("an exception from a callback ends the run, and the loop can go on") {
  Loop loop;
  auto [reader, writer] = ends::pipe();
  ends::put(writer, "x");
  bool thrown = false;
  Watch watch = loop.watch(reader, Interest::read, "test", [&](Ready) -> bool {
    if (thrown) {
      loop.stop();
      return true;
    }
    thrown = true;
    throw std::runtime_error("from the callback");
  });
  CHECK_THROWS_WITH(ends::run(loop), "from the callback");
  ends::run(loop);
}

TEST_CASE("watching a descriptor that is not open is an error that names the watch") {
  Loop loop;
  CHECK_THROWS_WITH_AS(
      (void)loop.watch(sock::FdRef(-1), Interest::read, "nothing", [](Ready) { return true; }),
      doctest::Contains("nothing"), sock::Error);
  loop.run();  // it is not counted
}

TEST_CASE("a moved watch and timer stay what they are; assigning ends the old one") {
  Loop loop;
  auto one = ends::pipe(), two = ends::pipe();
  ends::put(one.b, "x");
  ends::put(two.b, "x");
  std::string seen;
  Watch a = loop.watch(one.a, Interest::read, "one", [&](Ready) {
    seen += '1';
    return true;
  });
  Watch b = loop.watch(two.a, Interest::read, "two", [&](Ready) {
    seen += '2';
    loop.stop();
    return true;
  });
  a = std::move(b);
  CHECK_FALSE(b);
  Watch c(std::move(a));
  Timer t = loop.after(0s, [&] { seen += 't'; });
  t = Timer();
  ends::run(loop);
  CHECK(seen == "2");
}

#ifndef NDEBUG
TEST_CASE("a watch that is called again and again and gets nowhere is named") {
  Loop loop;
  auto [reader, writer] = ends::pipe();
  ends::put(writer, "x");
  int called = 0;
  const Watch watch = loop.watch(reader, Interest::read, "idler", [&](Ready) {
    ++called;
    return called == 500;  // once in between it gets somewhere
  });
  CHECK_THROWS_WITH_AS(ends::run(loop), doctest::Contains("idler"), std::logic_error);
  CHECK(called == 1500);
}
#endif

TEST_CASE("a turn is one system call; setting the same interest again is none") {
  Loop loop;
  auto [reader, writer] = ends::pipe();
  ends::put(writer, "x");
  int called = 0;
  Watch watch = loop.watch(reader, Interest::read, "test", [&](Ready) {
    watch.set(Interest::read);
    if (++called == 3) loop.stop();
    return true;
  });
  const auto calls = support::system_calls([&] { loop.run(); });
  if (!calls) {
    MESSAGE("skipped: this machine does not allow tracing");
    return;
  }
  CHECK(*calls == std::vector<long>(3, SYS_epoll_wait));
}

TEST_CASE("a loop leaves no descriptor behind") {
  const auto before = support::open_descriptors();
  {
    Loop loop;
    CHECK(support::open_descriptors() == before + 1);
  }
  CHECK(support::open_descriptors() == before);
}
