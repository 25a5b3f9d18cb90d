#include "sock/waiting.hpp"

#include <unistd.h>

#include <chrono>

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "support/interrupts.hpp"

using namespace std::chrono_literals;
using sock::Deadline;
using sock::Timeout;
using sock::detail::Patience;

namespace {

thread_local int longest_waits = 0;  // how many polls of INT_MAX ms are to end at once

}  // namespace

// The linker's --wrap: who calls poll(2) comes here.
extern "C" int __real_poll(pollfd*, nfds_t, int);
extern "C" int __wrap_poll(pollfd* fds, nfds_t count, int timeout) {
  if (timeout != INT_MAX || longest_waits == 0) return __real_poll(fds, count, timeout);
  --longest_waits;
  return 0;
}

TEST_CASE("wait_ready says whether the event or the deadline came first") {
  auto [a, b] = sock::socketpair();
  CHECK_FALSE(sock::detail::wait_ready(a.fileno(), POLLIN, Deadline(10ms), "recv"));
  b.sendall("x");
  CHECK(sock::detail::wait_ready(a.fileno(), POLLIN, Deadline(10s), "recv"));
  CHECK(sock::detail::wait_ready(a.fileno(), POLLIN, Deadline(Timeout()), "recv"));
}

TEST_CASE("an error or a hang-up ends the wait") {
  auto [a, b] = sock::socketpair();
  b.close();
  CHECK(sock::detail::wait_ready(a.fileno(), POLLOUT, Deadline(10s), "send"));
}

TEST_CASE("a closed descriptor is an error at once, though poll(2) would pass over it") {
  CHECK_THROWS_AS((void)sock::detail::wait_ready(-1, POLLIN, Deadline(60s), "recv"), sock::Error);
}

TEST_CASE("a timeout beyond what poll(2) can be told is cut to INT_MAX milliseconds") {
  CHECK(Deadline(std::chrono::hours(24 * 365)).poll_ms() == INT_MAX);
  CHECK(Deadline(Timeout()).poll_ms() == -1);
  CHECK(Deadline(std::chrono::nanoseconds::max()).poll_ms() != 0);
  auto [a, b] = sock::socketpair();
  b.sendall("x");
  a.settimeout(std::chrono::hours(24 * 365 * 100));
  CHECK(a.recv(1) == "x");
}

TEST_CASE("after INT_MAX milliseconds a longer wait goes on") {
  auto [a, b] = sock::socketpair();
  b.sendall("x");
  longest_waits = 2;
  CHECK(
      sock::detail::wait_ready(a.fileno(), POLLIN, Deadline(std::chrono::hours(24 * 365)), "recv"));
  CHECK(longest_waits == 0);
}

TEST_CASE("what is left is rounded up to milliseconds, so that a wait is never too short") {
  const Deadline d(1'500'001ns);
  const int first = d.poll_ms();
  CHECK((first == 2 || first == 1));
  const Deadline late(1ns);
  while (!late.passed()) {
  }
  CHECK(late.poll_ms() == 0);
}

TEST_CASE("only a would-block in timed mode is waited for") {
  auto [a, b] = sock::socketpair();
  Patience blocking{Timeout()}, timed(20ms);
  CHECK_THROWS_AS(sock::detail::wait_after(EAGAIN, a.fileno(), POLLIN, blocking, "recv"),
                  sock::BlockingIOError);
  CHECK_THROWS_AS(sock::detail::wait_after(ECONNRESET, a.fileno(), POLLIN, timed, "recv"),
                  sock::ConnectionResetError);
  CHECK_THROWS_AS(sock::detail::wait_after(EAGAIN, a.fileno(), POLLIN, timed, "recv"),
                  sock::TimeoutError);
  CHECK_NOTHROW(sock::detail::wait_after(EINTR, a.fileno(), POLLIN, timed, "recv"));
}

TEST_CASE("errors are about the peer, or our own address, or the descriptor") {
  sock::Socket server;
  server.bind("127.0.0.1", 0);
  server.listen();
  CHECK(sock::detail::subject_of(server.fileno()) == to_string(server.getsockname()));
  sock::Socket client;
  client.connect(server.getsockname());
  CHECK(sock::detail::subject_of(client.fileno()) == to_string(server.getsockname()));
  auto [a, b] = sock::socketpair();
  CHECK(sock::detail::subject_of(a.fileno()) == "fd " + std::to_string(a.fileno()));
  CHECK(sock::detail::subject_of(-1) == "closed socket");
}
