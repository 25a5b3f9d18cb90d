// Receiving and sending, and the waiting rule as every call sees it.
#include <netinet/in.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "sock/socket.hpp"
#include "support/allocations.hpp"
#include "support/interrupts.hpp"
#include "support/sockets.hpp"
#include "support/syscalls.hpp"

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using sock::Address;
using sock::Socket;
using support::error_of;
using Calls = std::vector<long>;

namespace {

// Fills the socket until it takes no more; how much it took.
std::size_t fill(Socket& s) {
  const std::string block(65536, 'x');
  std::size_t sent = 0;
  while (const auto n = s.try_send(Socket::bytes(block))) sent += *n;
  return sent;
}

struct Stop {
  static inline std::atomic<bool> answer = false;
  static inline std::atomic<int> calls = 0;
  explicit Stop(bool go_on) {
    answer = go_on;
    calls = 0;
    sock::set_interrupt_handler([]() noexcept {
      ++calls;
      return answer.load();
    });
  }
  ~Stop() { sock::set_interrupt_handler(nullptr); }
};

#define REQUIRE_TRACED(calls)                                \
  if (!(calls)) {                                            \
    MESSAGE("skipped: this machine does not allow tracing"); \
    return;                                                  \
  }

}  // namespace

TEST_CASE("a blocking recv and send are one system call each and no allocation") {
  auto [a, b] = sock::socketpair();
  b.sendall("0123456789");
  std::byte buffer[4];
  const auto calls = support::system_calls([&, &a = a] {
    (void)a.recv_into(buffer);
    (void)a.send(buffer);
  });
  REQUIRE_TRACED(calls);
  CHECK(*calls == Calls{SYS_recvfrom, SYS_sendto});

  const std::size_t before = support::allocations();
  CHECK(a.recv_into(buffer) == 4);
  CHECK(a.send(buffer) == 4);
  CHECK(support::allocations() == before);
}

TEST_CASE("with a timeout, a recv and send that need not wait are one system call each") {
  auto [a, b] = sock::socketpair();
  a.settimeout(10s);
  b.sendall("0123456789");
  std::byte buffer[4];
  const auto calls = support::system_calls([&, &a = a] {
    (void)a.recv_into(buffer);
    (void)a.send(buffer);
  });
  REQUIRE_TRACED(calls);
  CHECK(*calls == Calls{SYS_recvfrom, SYS_sendto});
  const std::size_t before = support::allocations();
  CHECK(a.recv_into(buffer) == 4);
  CHECK(a.send(buffer) == 4);
  CHECK(support::allocations() == before);
}

TEST_CASE("a recv of 0 bytes makes no system call, recvfrom of 0 bytes makes one") {
  auto [a, b] = sock::socketpair(AF_UNIX, SOCK_DGRAM);
  // One for the traced child, which shares the sockets, and one for us.
  b.send("");
  b.send("");
  const auto none = support::system_calls([&a = a] { (void)a.recv(0); });
  REQUIRE_TRACED(none);
  CHECK(none->empty());
  const auto one = support::system_calls([&a = a] { (void)a.recvfrom(0); });
  CHECK(*one == Calls{SYS_recvfrom});

  CHECK(a.recv(0).empty());
  CHECK(a.recvfrom(0).first.empty());  // takes the datagram
  CHECK_FALSE(a.try_recv({}, MSG_PEEK).has_value());
  Socket closed;
  closed.close();
  CHECK(closed.recv(0).empty());
}

TEST_CASE("recv gives what is there, then the end of the stream") {
  auto [a, b] = sock::socketpair();
  a.sendall("hello");
  a.close();
  CHECK(b.recv(2) == "he");
  CHECK(b.recv(100, MSG_PEEK) == "llo");
  CHECK(b.recv(100) == "llo");
  CHECK(b.recv(100).empty());
  CHECK(b.recv(100).empty());
}

TEST_CASE("recv_into fills the buffer, or as much of it as asked") {
  auto [a, b] = sock::socketpair();
  a.sendall("abcdef");
  std::byte buffer[4]{};
  CHECK(b.recv_into(buffer, 2) == 2);
  CHECK(buffer[1] == std::byte{'b'});
  CHECK(buffer[2] == std::byte{0});
  CHECK(b.recv_into(buffer) == 4);
  CHECK_THROWS_AS((void)b.recv_into(buffer, 5), std::invalid_argument);
  CHECK_THROWS_AS((void)b.recvfrom_into(buffer, 5), std::invalid_argument);
}

TEST_CASE("recvfrom gives the sender's address, or none") {
  Socket server(AF_INET, SOCK_DGRAM), client(AF_INET, SOCK_DGRAM);
  server.bind("127.0.0.1", 0);
  client.bind("127.0.0.1", 0);
  CHECK(client.sendto("ping", server.getsockname()) == 4);
  const auto [data, from] = server.recvfrom(100);
  CHECK(data == "ping");
  CHECK(from == client.getsockname());
  auto [a, b] = sock::socketpair();
  a.sendall("x");
  CHECK_FALSE(b.recvfrom(1).second);
}

TEST_CASE("MSG_WAITALL and MSG_DONTWAIT are passed on") {
  auto [a, b] = sock::socketpair();
  CHECK(error_of([&a = a] { (void)a.recv(1, MSG_DONTWAIT); }) == EAGAIN);
  std::thread later([&other = b] {
    other.sendall("ab");
    other.sendall("cd");
  });
  CHECK(a.recv(4, MSG_WAITALL) == "abcd");
  later.join();
}

TEST_CASE("non-blocking: would block is an error at once") {
  auto [a, b] = sock::socketpair();
  a.setblocking(false);
  CHECK_THROWS_AS((void)a.recv(1), sock::BlockingIOError);
  fill(a);
  CHECK_THROWS_AS((void)a.send("x"), sock::BlockingIOError);
}

TEST_CASE("a timed recv ends by its deadline, never early, without an errno") {
  auto [a, b] = sock::socketpair();
  for (const std::chrono::nanoseconds t : {1ns, 1'000'001ns, 30'000'000ns}) {
    a.settimeout(t);
    const auto start = Clock::now();
    try {
      (void)a.recv(1);
      FAIL("something came");
    } catch (const sock::TimeoutError& e) {
      CHECK(e.code() == sock::Errc::timed_out);
      CHECK(std::string(e.what()).ends_with(": timed out"));
    }
    CHECK(Clock::now() - start >= t);
  }
}

TEST_CASE("the kernel's ETIMEDOUT is the same class with its errno") {
  try {
    sock::throw_errno(ETIMEDOUT, "recv", "192.0.2.1:80");
  } catch (const sock::TimeoutError& e) {
    CHECK(e.code().value() == ETIMEDOUT);
    CHECK(e.code().category() == std::system_category());
    CHECK(e.code() == std::errc::timed_out);
  }
}

TEST_CASE("MSG_DONTWAIT in timed mode still waits") {
  auto [a, b] = sock::socketpair();
  a.settimeout(10s);
  std::thread later([&other = b] { other.sendall("x"); });
  CHECK(a.recv(1, MSG_DONTWAIT) == "x");
  later.join();
}

TEST_CASE("a timed recv does not hang when another holder made the descriptor blocking") {
  auto [a, b] = sock::socketpair();
  a.settimeout(30ms);
  Socket other = a.dup();
  other.settimeout(std::nullopt);
  CHECK_THROWS_AS((void)a.recv(1), sock::TimeoutError);
}

TEST_CASE("a timed accept does not hang when another holder made the descriptor blocking") {
  Socket server;
  server.bind("127.0.0.1", 0);
  server.listen();
  server.settimeout(30ms);
  Socket other = server.dup();
  other.settimeout(std::nullopt);
  const auto start = Clock::now();
  CHECK_THROWS_AS((void)server.accept(), sock::TimeoutError);
  CHECK(Clock::now() - start >= 30ms);
}

// As when another reader took the data first: poll(2) sees what is there, recv(2) looks behind it.
TEST_CASE("a recv that finds nothing though the socket is ready waits on, within its deadline") {
  auto [a, b] = sock::socketpair();
  a.setsockopt(SOL_SOCKET, SO_PEEK_OFF, 0);
  b.sendall("x");
  REQUIRE(a.recv(1, MSG_PEEK) == "x");
  a.settimeout(60ms);
  const auto start = Clock::now();
  CHECK_THROWS_AS((void)a.recv(1, MSG_PEEK), sock::TimeoutError);
  CHECK(Clock::now() - start >= 60ms);

  a.settimeout(10s);
  const std::jthread later([&writer = b] { writer.sendall("y"); });
  CHECK(a.recv(1, MSG_PEEK) == "y");
}

TEST_CASE("an accept whose connection another holder takes waits for the next") {
  constexpr int connections = 5000, holders = 4;
  Socket server;
  server.bind("127.0.0.1", 0);
  server.listen();
  server.settimeout(10s);
  std::atomic<int> taken = 0, failed = 0;
  {
    // A connection wakes them all, and one of them has it.
    std::vector<std::jthread> accepting;
    for (int i = 0; i < holders; ++i)
      accepting.emplace_back([&] {
        while (taken < connections) {
          try {
            (void)server.accept();
            ++taken;
          } catch (const sock::Error&) {
            ++failed;
          }
        }
      });
    // At the end each of them may be waiting for one more.
    for (int i = 0; i < connections + holders; ++i) {
      Socket().connect(server.getsockname());
      while (taken <= i && taken < connections) std::this_thread::yield();
    }
  }
  CHECK(failed == 0);
}

TEST_CASE("interruptions do not end a recv, blocking or timed (PEP 475)") {
  for (const sock::Timeout t : {sock::Timeout(), sock::Timeout(60s)}) {
    auto [a, b] = sock::socketpair();
    a.settimeout(t);
    const Stop handler(true);
    std::thread later([&other = b] {
      while (Stop::calls < 3) std::this_thread::yield();
      other.sendall("x");
    });
    const support::Interrupts interrupts(5ms);
    CHECK(a.recv(1) == "x");
    later.join();
    CHECK(Stop::calls >= 3);
  }
}

TEST_CASE("interruptions do not lengthen a timed recv") {
  auto [a, b] = sock::socketpair();
  a.settimeout(80ms);
  const support::Interrupts interrupts(5ms);
  const auto start = Clock::now();
  CHECK_THROWS_AS((void)a.recv(1), sock::TimeoutError);
  const auto took = Clock::now() - start;
  CHECK(took >= 80ms);
  CHECK(took < 10s);
  CHECK(interrupts.delivered() > 3);
}

TEST_CASE("a handler that says stop ends the call; the socket works on and nothing is lost") {
  auto [a, b] = sock::socketpair();
  for (const sock::Timeout t : {sock::Timeout(), sock::Timeout(60s)}) {
    a.settimeout(t);
    {
      const Stop handler(false);
      const support::Interrupts interrupts(5ms);
      CHECK_THROWS_AS((void)a.recv(10), sock::InterruptedError);
      CHECK(error_of([&a = a] { (void)a.recvfrom(10); }) == EINTR);
    }
    b.sendall("whole");
    CHECK(a.recv(10) == "whole");
  }
}

TEST_CASE("accept goes on after interruptions, and stops when told") {
  Socket server;
  server.bind("127.0.0.1", 0);
  server.listen();
  for (const sock::Timeout t : {sock::Timeout(), sock::Timeout(60s)}) {
    server.settimeout(t);
    const Stop handler(false);
    const support::Interrupts interrupts(5ms);
    CHECK_THROWS_AS((void)server.accept(), sock::InterruptedError);
    Stop::answer = true;
    Stop::calls = 0;
    Socket client;
    std::thread later([&] {
      while (Stop::calls < 2) std::this_thread::yield();
      client.connect(server.getsockname());
    });
    const Address peer = server.accept().second;
    later.join();
    CHECK(peer == client.getsockname());
  }
}

TEST_CASE("a send to a peer that is gone is BrokenPipeError, and no signal") {
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
    auto [a, b] = sock::socketpair(AF_UNIX, type);
    b.close();
    // SIGPIPE has its default action here: it would end the test program.
    CHECK_THROWS_AS((void)a.send("x"), sock::BrokenPipeError);
    CHECK_THROWS_AS(a.sendall("x"), sock::BrokenPipeError);
    CHECK_FALSE(error_of([&a = a] { (void)a.try_send(Socket::bytes("x")); }) == 0);
    CHECK_THROWS_AS((void)a.sendto("x", Address()), sock::BrokenPipeError);
  }
}

TEST_CASE("sendall sends everything, however slowly it is read") {
  auto [a, b] = sock::socketpair();
  const std::string data(3'000'000, 'y');
  std::thread reader([&other = b] {
    std::size_t got = 0;
    std::string s;
    while (!(s = other.recv(50'000)).empty()) got += s.size();
    CHECK(got == 3'000'000);
  });
  SUBCASE("blocking") {}
  SUBCASE("timed") { a.settimeout(60s); }
  a.sendall(data);
  a.close();
  reader.join();
}

TEST_CASE("sendall of nothing makes one call, and sees that the peer is gone") {
  auto [a, b] = sock::socketpair();
  const auto calls = support::system_calls([&a = a] { a.sendall(""); });
  b.close();
  CHECK_THROWS_AS(a.sendall(""), sock::BrokenPipeError);
  REQUIRE_TRACED(calls);
  CHECK(*calls == Calls{SYS_sendto});
}

TEST_CASE("non-blocking sendall sends what fits, then says how much that was") {
  auto [a, b] = sock::socketpair();
  a.setblocking(false);
  const std::string data(4'000'000, 'z');
  try {
    a.sendall(data);
    FAIL("all of it went");
  } catch (const sock::BlockingIOError& e) {
    CHECK(e.transferred() > 0);
    b.setblocking(false);
    std::size_t got = 0;
    std::byte buffer[65536];
    while (const auto n = b.try_recv(buffer)) got += *n;
    CHECK(got == e.transferred());
  }
}

TEST_CASE("sendall has one deadline over all of it, whatever a reader dribbles") {
  auto [a, b] = sock::socketpair();
  a.settimeout(150ms);
  std::atomic<bool> stop = false;
  std::thread reader([&, &other = b] {
    std::byte buffer[16];
    while (!stop) (void)other.try_recv(buffer);
  });
  // So much that a reader of 16 bytes at a time cannot take it within the time.
  const std::string data(64'000'000, '\0');
  const auto start = Clock::now();
  try {
    a.sendall(data);
    FAIL("all of it went");
  } catch (const sock::TimeoutError& e) {
    CHECK(e.transferred() > 0);
  }
  const auto took = Clock::now() - start;
  stop = true;
  reader.join();
  CHECK(took >= 150ms);
  CHECK(took < 10s);
}

TEST_CASE("sendall ends by its deadline though there is always room for a little more") {
  static Socket* reader;
  auto [a, b] = sock::socketpair();
  a.settimeout(30ms);
  reader = &b;
  // Called after each part: lets the time pass, and makes room for the next.
  sock::set_interrupt_handler([]() noexcept {
    const auto late = Clock::now() + 10ms;
    while (Clock::now() < late) {
    }
    std::byte buffer[65536];
    while (reader->try_recv(buffer)) {
    }
    return true;
  });
  const std::string data(64'000'000, 'w');
  try {
    a.sendall(data);
    FAIL_CHECK("all of it went");
  } catch (const sock::TimeoutError& e) {
    CHECK(e.transferred() > 0);
    CHECK(e.transferred() < data.size());
  }
  sock::set_interrupt_handler(nullptr);
}

TEST_CASE("sendall asks the interrupt handler after a partial send") {
  auto [a, b] = sock::socketpair();
  fill(a);
  const Stop handler(false);
  const support::Interrupts interrupts(5ms);
  std::thread reader([&other = b] { (void)other.recv(400'000); });
  const std::string data(8'000'000, 'w');
  CHECK_THROWS_AS(a.sendall(data), sock::InterruptedError);
  reader.join();
}

TEST_CASE("try_recv tells nothing yet, bytes and the end apart, on a blocking descriptor too") {
  auto [a, b] = sock::socketpair();
  std::byte buffer[8];
  CHECK_FALSE(a.try_recv(buffer).has_value());
  b.sendall("abc");
  CHECK(a.try_recv(buffer) == std::optional<std::size_t>(3));
  b.close();
  CHECK(a.try_recv(buffer) == std::optional<std::size_t>(0));
  auto [c, d] = sock::socketpair();
  fill(c);
  CHECK_FALSE(c.try_send(Socket::bytes("x")).has_value());
}

TEST_CASE("another thread may close the socket under a timed recv: it ends by its deadline") {
  auto [a, b] = sock::socketpair();
  a.settimeout(100ms);
  std::atomic<bool> waiting = false;
  std::thread closer([&, &closed = a] {
    while (!waiting) std::this_thread::yield();
    closed.close();
  });
  waiting = true;
  CHECK_THROWS_AS((void)a.recv(1), sock::Error);
  closer.join();
  CHECK(a.fileno() == -1);
}

TEST_CASE("another thread may change the timeout during a call: it counts from the next call on") {
  auto [a, b] = sock::socketpair();
  a.settimeout(50ms);
  std::atomic<bool> stop = false;
  std::thread changer([&, &s = a] {
    for (int i = 0; !stop; ++i) s.settimeout(i % 2 ? sock::Timeout(50ms) : sock::Timeout(40ms));
  });
  for (int i = 0; i < 3; ++i) CHECK_THROWS_AS((void)a.recv(1), sock::TimeoutError);
  stop = true;
  changer.join();
}

TEST_CASE("datagrams go to a host by name, and an error names whom they were for") {
  Socket a(AF_INET, SOCK_DGRAM), b(AF_INET, SOCK_DGRAM);
  b.bind("127.0.0.1", 0);
  b.settimeout(5s);
  CHECK(a.sendto("hello", "127.0.0.1", b.getsockname().port()) == 5);
  CHECK(b.recv(10) == "hello");
  try {
    a.sendto(std::string(70000, 'x'), b.getsockname());
    FAIL("sent");
  } catch (const sock::Error& e) {
    CHECK(e.code() == std::errc::message_size);
    CHECK(e.subject() == to_string(b.getsockname()));
  }
}

TEST_CASE("two threads may close the same socket: one of them does") {
  for (int i = 0; i < 200; ++i) {
    auto [a, b] = sock::socketpair();
    std::thread other([&s = a] { s.close(); });
    a.close();
    other.join();
    CHECK(a.fileno() == -1);
    CHECK(b.recv(1).empty());
  }
}
