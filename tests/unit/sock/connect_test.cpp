#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "sock/socket.hpp"
#include "support/interrupts.hpp"
#include "support/syscalls.hpp"

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using sock::Address;
using sock::Socket;

namespace {

Socket listener() {
  Socket s;
  s.bind("127.0.0.1", 0);
  s.listen();
  return s;
}

// A listener whose queue is full: further connection requests are dropped and tried again by the
// kernel after a second.
struct FullListener {
  Socket server;
  std::vector<Socket> queued;

  FullListener() {
    server.bind("127.0.0.1", 0);
    server.listen(0);
    for (int i = 0; i < 8; ++i) {
      Socket s(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
      (void)s.connect_ex(server.getsockname());
      queued.push_back(std::move(s));
    }
  }
};

// A port of this machine where nothing listens, for as long as the socket that holds it lives.
struct ClosedPort {
  Socket holder;
  Address address;
  ClosedPort() {
    holder.bind("127.0.0.1", 0);
    address = holder.getsockname();
  }
};

// The interrupt handler of a test: what it answers, and a byte to a pipe the first time.
struct Handler {
  static inline std::atomic<bool> answer;
  static inline std::atomic<int> calls, tell_fd;
  explicit Handler(bool go_on, int fd = -1) {
    answer = go_on;
    calls = 0;
    tell_fd = fd;
    sock::set_interrupt_handler([]() noexcept {
      if (++calls == 1 && tell_fd >= 0) (void)!::write(tell_fd, "!", 1);
      return answer.load();
    });
  }
  ~Handler() { sock::set_interrupt_handler(nullptr); }
};

}  // namespace

TEST_CASE("connect takes an address, or a host and a port") {
  Socket server = listener();
  Socket a;
  a.connect(server.getsockname());
  CHECK(a.getpeername() == server.getsockname());
  Socket b;
  b.connect("localhost", server.getsockname().port());
  CHECK(b.getpeername() == server.getsockname());
  Socket c;
  CHECK(c.connect_ex("127.0.0.1", server.getsockname().port()) == 0);
  CHECK_THROWS_AS(c.connect("no..such.host", 1), sock::gaierror);
  CHECK_THROWS_AS((void)c.connect_ex("no..such.host", 1), sock::gaierror);
}

TEST_CASE("a closed port refuses, with the address in the message, in blocking and timed mode") {
  const ClosedPort closed;
  const std::string text = "connect " + to_string(closed.address) + ": Connection refused";
  for (const sock::Timeout t : {sock::Timeout(), sock::Timeout(10s)}) {
    Socket s;
    s.settimeout(t);
    CHECK_THROWS_WITH_AS(s.connect(closed.address), text.c_str(), sock::ConnectionRefusedError);
    Socket again;
    again.settimeout(t);
    CHECK(again.connect_ex(closed.address) == ECONNREFUSED);
  }
}

TEST_CASE("a timed connect that gets no answer ends by its deadline, not before") {
  const FullListener full;
  Socket s;
  s.settimeout(60ms);
  const auto start = Clock::now();
  try {
    s.connect(full.server.getsockname());
    FAIL("connected");
  } catch (const sock::TimeoutError& e) {
    CHECK(e.code() == sock::Errc::timed_out);
    CHECK(e.code() == std::errc::timed_out);
    CHECK(e.operation() == "connect");
    CHECK(e.subject() == to_string(full.server.getsockname()));
  }
  CHECK(Clock::now() - start >= 60ms);

  Socket again;
  again.settimeout(20ms);
  CHECK(again.connect_ex(full.server.getsockname()) == EAGAIN);
}

TEST_CASE("a timed connect does not hang when another holder made the descriptor blocking") {
  const FullListener full;
  Socket s;
  s.settimeout(60ms);
  int off = 0;
  REQUIRE(::ioctl(s.fileno(), FIONBIO, &off) == 0);
  CHECK_THROWS_AS(s.connect(full.server.getsockname()), sock::TimeoutError);
}

TEST_CASE("a non-blocking connect is under way, then already, then done") {
  FullListener full;
  Socket s(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
  CHECK_THROWS_AS(s.connect(full.server.getsockname()), sock::BlockingIOError);
  CHECK(s.connect_ex(full.server.getsockname()) == EALREADY);

  Socket server = listener();
  Socket t(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
  const int first = t.connect_ex(server.getsockname());
  CHECK((first == EINPROGRESS || first == 0));
  (void)server.accept();  // from here on it is connected
  CHECK((t.connect_ex(server.getsockname()) == 0));
  CHECK(t.connect_ex(server.getsockname()) == EISCONN);
}

TEST_CASE("a Unix socket with a full queue is EAGAIN, without waiting, in timed mode as well") {
  Socket server(AF_UNIX, SOCK_STREAM);
  server.bind(Address::unix_(""));
  server.listen(0);
  Socket first(AF_UNIX, SOCK_STREAM);
  first.connect(server.getsockname());
  for (const sock::Timeout t : {sock::Timeout(0s), sock::Timeout(60s)}) {
    Socket s(AF_UNIX, SOCK_STREAM);
    s.settimeout(t);
    CHECK(s.connect_ex(server.getsockname()) == EAGAIN);
    CHECK_THROWS_AS(s.connect(server.getsockname()), sock::BlockingIOError);
  }
}

TEST_CASE("a blocking connect that is interrupted waits on, and never connects twice") {
  FullListener full;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const sock::Fd told(ends[0]);
  // Makes room once the connect was interrupted, and until it is done: the kernel tries again after
  // a second or so, and so it does for those that filled the queue.
  std::jthread accepter([&](const std::stop_token& stop) {
    char c;
    if (::read(told.get(), &c, 1) != 1) return;
    full.server.settimeout(20ms);
    while (!stop.stop_requested()) try {
        (void)full.server.accept();
      } catch (const sock::TimeoutError&) {
      }
  });
  const sock::Fd tell(ends[1]);  // closed before the thread is joined: it does not wait for ever
  const auto calls = support::system_calls([&] {
    const Handler handler(true, tell.get());
    const support::Interrupts interrupts(10ms);
    Socket s;
    s.connect(full.server.getsockname());
    if (s.getpeername() != full.server.getsockname()) throw std::runtime_error("not connected");
    if (Handler::calls == 0) throw std::runtime_error("never interrupted");
  });
  if (!calls) {
    MESSAGE("skipped: this machine does not allow tracing");
    return;
  }
  CHECK(std::count(calls->begin(), calls->end(), SYS_connect) == 1);
  CHECK(std::count(calls->begin(), calls->end(), SYS_poll) >= 1);
}

TEST_CASE("a timed connect is not lengthened by interruptions") {
  const FullListener full;
  const Handler handler(true);
  const support::Interrupts interrupts(5ms);
  Socket s;
  s.settimeout(100ms);
  const auto start = Clock::now();
  CHECK_THROWS_AS(s.connect(full.server.getsockname()), sock::TimeoutError);
  CHECK(Clock::now() - start >= 100ms);
  CHECK(Handler::calls > 3);
}

TEST_CASE("interrupted where another holder made the descriptor blocking, connect keeps its mode") {
  const FullListener full;
  for (const auto timeout : {100ms, 0ms}) {
    Socket s;
    s.settimeout(timeout);
    Socket other = s.dup();
    other.settimeout(std::nullopt);
    const Handler handler(true);
    const support::Interrupts interrupts(5ms);
    const auto start = Clock::now();
    if (timeout > 0ms)
      CHECK_THROWS_AS(s.connect(full.server.getsockname()), sock::TimeoutError);
    else
      CHECK_THROWS_AS(s.connect(full.server.getsockname()), sock::InterruptedError);
    CHECK(Clock::now() - start >= timeout);
    CHECK(Handler::calls >= 1);
  }
}

TEST_CASE("the interrupt handler can stop a connect, also connect_ex") {
  const FullListener full;
  const Handler handler(false);
  const support::Interrupts interrupts(5ms);
  for (const sock::Timeout t : {sock::Timeout(), sock::Timeout(60s)}) {
    Socket s;
    s.settimeout(t);
    CHECK_THROWS_AS(s.connect(full.server.getsockname()), sock::InterruptedError);
    CHECK(s.fileno() >= 0);
    Socket again;
    again.settimeout(t);
    CHECK_THROWS_AS((void)again.connect_ex(full.server.getsockname()), sock::InterruptedError);
  }
}

TEST_CASE("a Unix connect that was interrupted while the queue was full ends up connected") {
  Socket server(AF_UNIX, SOCK_STREAM);
  server.bind(Address::unix_(""));
  server.listen(0);
  Socket first(AF_UNIX, SOCK_STREAM);
  first.connect(server.getsockname());
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const sock::Fd told(ends[0]), tell(ends[1]);
  std::thread accepter([&] {
    char c;
    if (::read(told.get(), &c, 1) == 1) (void)server.accept();
  });
  {
    const Handler handler(true, tell.get());
    const support::Interrupts interrupts(5ms);
    Socket s(AF_UNIX, SOCK_STREAM);
    s.connect(server.getsockname());
    CHECK(s.getpeername() == server.getsockname());
    CHECK(Handler::calls >= 1);
  }
  accepter.join();
}
