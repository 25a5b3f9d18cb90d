#include "io/relay.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "conversation.hpp"
#include "ends.hpp"
#include "sock/error.hpp"
#include "support/pty.hpp"
#include "support/syscalls.hpp"
#include "support/temp.hpp"

using namespace std::chrono_literals;
using ends::Conversation;
using sock::Fd;
using sock::FdRef;
using sock::io::Attempt;
using sock::io::Channel;
using sock::io::Clock;
using sock::io::Interest;
using sock::io::Until;
using Why = sock::io::RelayResult::Why;

namespace {

// A channel that has some bytes already, as after a handshake that read too far.
class Stored final : public Channel {
 public:
  Stored(std::unique_ptr<Channel> below, std::string store)
      : below_(std::move(below)), store_(std::move(store)) {}

  Attempt try_read(std::span<std::byte> room) override {
    if (store_.empty()) return below_->try_read(room);
    room[0] = static_cast<std::byte>(store_[0]);
    store_.erase(0, 1);
    return Attempt::moved(1);
  }
  Attempt try_write(std::span<const std::byte> data) override { return below_->try_write(data); }
  bool try_finish() override { return below_->try_finish(); }
  FdRef read_fd() const noexcept override { return below_->read_fd(); }
  FdRef write_fd() const noexcept override { return below_->write_fd(); }
  std::optional<FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool pending() const noexcept override { return !store_.empty(); }
  const std::string& name(bool write) const noexcept override { return below_->name(write); }

 private:
  std::unique_ptr<Channel> below_;
  std::string store_;
};

}  // namespace

TEST_CASE("a question, the end of the input, a late answer, and the end") {
  Conversation c;
  c.start();
  ends::put(*c.input, "question");
  c.input.reset();
  ends::settle(c.loop);
  CHECK(ends::take_to_end(c.far) == "question");  // and the end
  CHECK_FALSE(c.result);
  ends::put(c.far, "answer");
  c.far.reset();
  c.run();
  CHECK(c.result->why == Why::ended);
  CHECK(ends::take_to_end(c.output) == "answer");
  CHECK(c.result->out.received == 8);
  CHECK(c.result->out.delivered == 8);
  CHECK(c.result->in.delivered == 6);
  CHECK(c.result->in.lost() == 0);
  CHECK(c.calls == 1);
}

TEST_CASE("the peer ends first: its bytes and the end come out, and the input goes on") {
  Conversation c;
  c.start();
  ends::put(c.far, "hello");
  ::shutdown(c.far.get(), SHUT_WR);
  ends::settle(c.loop);
  CHECK(ends::take_to_end(c.output) == "hello");
  CHECK_FALSE(c.result);
  ends::put(*c.input, "still taken");
  c.input.reset();
  c.run();
  CHECK(ends::take_to_end(c.far) == "still taken");
  CHECK(c.result->why == Why::ended);
}

TEST_CASE("an output that was waited for to the last is finished, and the input goes on") {
  Conversation c;
  c.start();
  const std::size_t room = ends::fill(c.local_out.value());
  ends::put(c.far, "last");
  ::shutdown(c.far.get(), SHUT_WR);
  ends::settle(c.loop);  // all is read, and the output takes nothing
  CHECK(ends::take(c.output).size() == room);
  ends::settle(c.loop);
  c.local_out.reset();  // by now /dev/null
  CHECK(ends::take_to_end(c.output) == "last");
  CHECK_FALSE(c.result);
  ends::put(*c.input, "still taken");
  c.input.reset();
  c.run();
  CHECK(ends::take_to_end(c.far) == "still taken");
  CHECK(c.result->why == Why::ended);
}

TEST_CASE("much in both directions at once arrives whole") {
  support::TempDir dir;
  support::write_random(dir / "in", 5'000'000, 1);
  const Fd in(::open((dir / "in").c_str(), O_RDONLY | O_CLOEXEC));
  const Fd out(::open((dir / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  for (const bool tcp : {false, true}) {
    CAPTURE(tcp);
    REQUIRE(::lseek(in.get(), 0, SEEK_SET) == 0);
    REQUIRE(::lseek(out.get(), 0, SEEK_SET) == 0);
    Conversation c(tcp ? ends::tcp() : ends::sockets());
    // The far end sends back what it gets.
    const auto far = sock::io::socket_channel(ends::adopt(c.far), "far");
    sock::io::Flow echo(*far, *far, {});
    sock::io::Watch watch;
    watch = c.loop.watch(far->read_fd(), Interest::read, "echo", [&](sock::io::Ready) {
      const bool moved = echo.pump();
      watch.set(echo.wants_write() ? Interest::write : Interest::read);
      if (echo.over()) watch = {};
      return moved;
    });
    c.start({}, sock::io::stdio_channel(in, out));
    c.run();
    CHECK(c.result->why == Why::ended);
    CHECK(c.result->out.delivered == 5'000'000);
    CHECK(c.result->in.delivered == 5'000'000);
    CHECK(support::same_bytes(dir / "in", dir / "out"));
  }
}

TEST_CASE("an input that is always ready does not keep the peer's bytes back") {
  Conversation c;
  const Fd zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  c.start({}, sock::io::stdio_channel(zero, *c.local_out));
  ends::put(c.far, "hello");
  std::string drained(1024 * 1024, '\0');
  // The far end takes all the zeros that come, so that the input never has to wait.
  const auto sink = c.loop.watch(c.far, Interest::read, "sink", [&](sock::io::Ready) {
    return ::recv(c.far.get(), drained.data(), drained.size(), MSG_DONTWAIT) > 0;
  });
  const auto got = c.loop.watch(c.output, Interest::read, "got", [&](sock::io::Ready) {
    c.loop.stop();
    return true;
  });
  ends::run(c.loop);
  CHECK(ends::take(c.output) == "hello");
}

TEST_CASE("until in, out and any end at the first end of that direction") {
  Conversation c;
  SUBCASE("in") {
    c.start({.ending = {.until = Until::in}});
    ends::put(c.far, "bye");
    ::shutdown(c.far.get(), SHUT_WR);
    c.run();
    CHECK(ends::take(c.output) == "bye");
  }
  SUBCASE("out") {
    c.start({.ending = {.until = Until::out}});
    ends::put(*c.input, "bye");
    c.input.reset();
    c.run();
    CHECK(ends::take_to_end(c.far) == "bye");
  }
  SUBCASE("any") {
    c.start({.ending = {.until = Until::any}});
    ::shutdown(c.far.get(), SHUT_WR);
    c.run();
  }
  CHECK(c.result->why == Why::ended);
}

TEST_CASE("at the end of until out what the peer has sent already is delivered") {
  Conversation c;
  c.start({.ending = {.until = Until::out}});
  c.input.reset();  // told first
  ends::put(c.far, "answer");
  c.run();
  CHECK(ends::take(c.output) == "answer");
}

TEST_CASE("without shutdown the peer is not told of the end of the input") {
  Conversation c;
  c.start({.shutdown = false});
  c.input.reset();
  ends::settle(c.loop);
  CHECK_FALSE(ends::readable(c.far));
  ::shutdown(c.far.get(), SHUT_WR);
  c.run();
  CHECK(c.result->why == Why::ended);
}

TEST_CASE("a listener with an empty input does not end its side until the peer has") {
  Conversation c;
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  c.start({.ending = {.empty_input_waits = true}}, sock::io::stdio_channel(null, *c.local_out));
  ends::settle(c.loop);
  CHECK_FALSE(ends::readable(c.far));
  CHECK_FALSE(c.result);
  ends::put(c.far, "all of it");
  ::shutdown(c.far.get(), SHUT_WR);
  c.run();
  CHECK(c.result->why == Why::ended);
  CHECK(ends::take_to_end(c.far) == "");
  CHECK(ends::take_to_end(c.output) == "all of it");
}

TEST_CASE("a terminal's input ends when the peer has ended") {
  Conversation c;
  c.start({.ending = {.input_is_terminal = true}});
  ::shutdown(c.far.get(), SHUT_WR);
  c.run();
  CHECK(c.result->why == Why::ended);
  CHECK(ends::take_to_end(c.far) == "");
}

TEST_CASE("a terminal is found out") {
  support::Pty pty;
  const Fd slave(::open(pty.path().c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY));
  Conversation c;
  c.start({}, sock::io::stdio_channel(slave, *c.local_out));
  ::shutdown(c.far.get(), SHUT_WR);
  c.run();
  CHECK(c.result->why == Why::ended);
}

TEST_CASE("a peer of two pipes is gone when it reads no more, also while the input is idle") {
  Conversation c;
  auto up = ends::pipe(), down = ends::pipe();
  c.peer = sock::io::stdio_channel(down.a, up.b);
  c.start();
  down.b.reset();  // its end
  ends::settle(c.loop);
  CHECK_FALSE(c.result);  // it still reads
  up.a.reset();
  c.run();
  CHECK(c.result->why == Why::ended);
}

TEST_CASE("bytes that a channel has in store are moved though no descriptor is ready") {
  Conversation c;
  c.peer = std::make_unique<Stored>(std::move(c.peer), "leftover");
  c.start();
  ends::settle(c.loop);
  CHECK(ends::take(c.output) == "leftover");
}

TEST_CASE("the input ends quietly when a peer that has ended is gone") {
  Conversation c(ends::sockets());
  c.start();
  SUBCASE("noticed while nothing happens") {
    c.far.reset();
    c.run();
    CHECK(c.result->out.lost() == 0);
  }
  SUBCASE("noticed by writing") {
    ::shutdown(c.far.get(), SHUT_WR);
    ends::settle(c.loop);
    REQUIRE_FALSE(c.result);
    ends::put(*c.input, "too late");  // told first
    ::shutdown(c.far.get(), SHUT_RD);
    c.run();
    CHECK(c.result->out.lost() == 8);
  }
  CHECK(c.result->why == Why::ended);
  CHECK(ends::take_to_end(c.output) == "");
}

TEST_CASE("the same over TCP: a reset after the peer's end is quiet") {
  Conversation c(ends::tcp());
  c.start();
  ends::put(c.far, "bye");
  ::shutdown(c.far.get(), SHUT_WR);
  ends::settle(c.loop);
  REQUIRE_FALSE(c.result);
  ends::reset(c.far);
  c.run();
  CHECK(c.result->why == Why::ended);
  CHECK(ends::take_to_end(c.output) == "bye");
}

TEST_CASE("a hang-up that came while the output was full counts once all is delivered") {
  Conversation c;
  ends::fill(*c.local_out);
  c.start();
  ends::put(c.far, "last words");
  c.far.reset();
  ends::settle(c.loop);
  CHECK_FALSE(c.result);
  std::string all;
  const auto reader = c.loop.watch(c.output, Interest::read, "reader", [&](sock::io::Ready) {
    const std::string part = ends::take(c.output);
    all += part;
    return !part.empty();
  });
  c.run();
  all += ends::take_to_end(c.output);
  CHECK(c.result->why == Why::ended);
  CHECK(all.ends_with("last words"));
}

TEST_CASE("a peer that is gone before it ended is a failure, after its bytes were delivered") {
  Conversation c;
  c.start();
  ends::put(c.far, "what it sent before");
  ::shutdown(c.far.get(), SHUT_RD);  // a write to it is EPIPE
  ends::put(*c.input, "lost");
  ends::settle(c.loop);
  CHECK_FALSE(c.result);
  ::shutdown(c.far.get(), SHUT_WR);
  c.run();
  CHECK(c.result->why == Why::failed);
  CHECK_THROWS_AS(std::rethrow_exception(c.result->error), sock::BrokenPipeError);
  CHECK(ends::take_to_end(c.output) == "what it sent before");
  CHECK(c.result->out.received == 4);
  CHECK(c.result->out.lost() == 4);
  CHECK(c.result->in.lost() == 0);
}

TEST_CASE("a reset while reading is a failure with both counts right") {
  Conversation c(ends::tcp());
  c.start();
  ends::put(*c.input, "12345");
  ends::put(c.far, "123");
  ends::settle(c.loop);
  CHECK(ends::take(c.output) == "123");
  ends::reset(c.far);
  c.run();
  CHECK(c.result->why == Why::failed);
  CHECK_THROWS_AS(std::rethrow_exception(c.result->error), sock::ConnectionResetError);
  CHECK(c.result->out.delivered == 5);
  CHECK(c.result->in.delivered == 3);
}

TEST_CASE("when the reader of our output is gone the peer is told and it is over") {
  Conversation c;
  c.start();
  c.output.reset();
  ends::settle(c.loop);
  CHECK_FALSE(c.result);  // only what cannot be written counts
  ends::put(c.far, "nobody reads this");
  c.run();
  CHECK(c.result->why == Why::output_closed);
  CHECK(c.result->in.lost() == 17);
  CHECK_FALSE(c.result->error);
  CHECK(ends::take(c.far) == "");
}

TEST_CASE("a full disk is a failure that says how much was lost") {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (!full) {
    MESSAGE("skipped: there is no /dev/full");
    return;
  }
  Conversation c;
  c.start({}, sock::io::stdio_channel(c.local_in, full));
  ends::put(c.far, "12345");
  c.run();
  CHECK(c.result->why == Why::failed);
  CHECK(c.result->in.lost() == 5);
  try {
    std::rethrow_exception(c.result->error);
  } catch (const sock::Error& e) {
    CHECK(e.code() == std::errc::no_space_on_device);
  }
}

TEST_CASE("an input that cannot be read is a failure") {
  Conversation c;
  const Fd directory(::open("/", O_RDONLY | O_CLOEXEC));
  c.start({}, sock::io::stdio_channel(directory, *c.local_out));
  c.run();
  CHECK(c.result->why == Why::failed);
}

TEST_CASE("send-only ends with the input, and drops what the peer sends") {
  Conversation c(ends::tcp());
  c.start({.ending = {.in = false}});
  ends::put(c.far, "ignored");
  ends::put(*c.input, "data");
  ends::settle(c.loop);
  ends::put(c.far, "ignored, too");
  c.input.reset();
  c.run();
  CHECK(c.result->why == Why::ended);
  CHECK(c.result->in.received == c.result->in.delivered);
  CHECK(ends::take_to_end(c.far) == "data");  // no reset
  CHECK(ends::take_to_end(c.output) == "");
}

TEST_CASE("recv-only never reads the input and ends with the peer") {
  Conversation c;
  ends::put(*c.input, "not for it");
  c.start({.ending = {.out = false}});
  ends::put(c.far, "hello");
  ::shutdown(c.far.get(), SHUT_WR);
  c.run();
  CHECK(c.result->why == Why::ended);
  CHECK(ends::take_to_end(c.output) == "hello");
  CHECK(ends::take(c.local_in) == "not for it");
}

TEST_CASE("the limits end it, each by its name") {
  Conversation c;
  const auto start = Clock::now();
  SUBCASE("linger, from the first end") {
    c.start({.linger = 20ms});
    ends::settle(c.loop);
    ends::settle(c.loop);
    CHECK_FALSE(c.result);
    c.input.reset();
    c.run();
    CHECK(c.result->why == Why::linger);
  }
  SUBCASE("deadline") {
    c.start({.deadline = start + 20ms});
    c.run();
    CHECK(c.result->why == Why::deadline);
  }
  SUBCASE("idle") {
    c.start({.idle = 20ms});
    c.run();
    CHECK(c.result->why == Why::idle_timeout);
  }
  CHECK(Clock::now() - start >= 20ms);
}

TEST_CASE("the idle limit counts from the last byte") {
  Conversation c;
  c.start({.idle = 60ms});
  Clock::time_point last;
  int left = 4;
  sock::io::Timer timer;
  std::function<void()> tick = [&] {
    last = Clock::now();
    ends::put(left % 2 == 0 ? *c.input : c.far, "x");
    if (--left > 0) timer = c.loop.after(40ms, tick);
  };
  timer = c.loop.after(40ms, tick);
  c.run();
  CHECK(c.result->why == Why::idle_timeout);
  CHECK(left == 0);
  CHECK(Clock::now() - last >= 60ms);
}

TEST_CASE("stop ends it at once; done may destroy the relay") {
  Conversation c;
  SUBCASE("stop") {
    c.start();
    c.relay->stop();
    CHECK(c.result->why == Why::stopped);
    c.relay->stop();
    CHECK(c.calls == 1);
  }
  SUBCASE("stop when it is over") {
    c.start({.idle = 1ms});
    ends::run(c.loop);
    c.relay->stop();
    CHECK(c.calls == 1);
    CHECK(c.relay->so_far().why == Why::idle_timeout);
  }
  SUBCASE("destroyed in done") {
    c.destroy_when_done = true;
    c.start();
    c.far.reset();
    c.input.reset();
    c.run();
    CHECK_FALSE(c.relay);
  }
  SUBCASE("destroyed in done of a timer") {
    c.destroy_when_done = true;
    c.start({.idle = 1ms});
    c.run();
    CHECK_FALSE(c.relay);
  }
  ends::run(c.loop);  // nothing is left to wait for
}

TEST_CASE("a relay without a direction is refused") {
  Conversation c;
  CHECK_THROWS_AS(c.start({.ending = {.out = false, .in = false}}), std::invalid_argument);
}

TEST_CASE("standard input and output may be one socket") {
  Conversation c;
  auto [ours, theirs] = ends::sockets();
  c.start({}, sock::io::stdio_channel(ours, ours));
  ends::put(theirs, "up");
  ::shutdown(theirs.get(), SHUT_WR);
  ends::put(c.far, "down");
  ::shutdown(c.far.get(), SHUT_WR);
  c.run();
  CHECK(c.result->why == Why::ended);
  CHECK(ends::take_to_end(c.far) == "up");
  CHECK(ends::take_to_end(theirs) == "down");
}

TEST_CASE("datagrams keep their boundaries through a relay, empty ones too") {
  auto [ours, theirs] = ends::sockets(SOCK_DGRAM);
  auto [near, far] = ends::sockets(SOCK_SEQPACKET);
  Conversation c;
  c.peer = sock::io::socket_channel(ends::adopt(near), "peer");
  c.start({}, sock::io::stdio_channel(ours, ours));
  for (const std::string_view text : {"one", "", "three"})
    REQUIRE(::send(theirs.get(), text.data(), text.size(), 0) >= 0);
  ends::settle(c.loop);
  CHECK(ends::take(far) == "one");
  CHECK(ends::take(far) == "");
  CHECK(ends::take(far) == "three");
  CHECK(c.relay->so_far().out.messages == 3);
  CHECK_FALSE(c.result);
}

TEST_CASE("a stream is cut into messages of the size that was asked for") {
  auto [near, far] = ends::sockets(SOCK_DGRAM);
  Conversation c;
  c.peer = sock::io::datagram_channel(ends::adopt(near), {}, "peer");
  ends::put(*c.input, "123456");
  c.input.reset();
  c.start({.ending = {.until = Until::out}, .message_size = 4});
  c.run();
  CHECK(ends::take(far) == "1234");
  CHECK(ends::take(far) == "56");
  CHECK(c.result->out.messages == 2);
}

TEST_CASE("an echo of a small message costs a wait, a read and a write each way") {
  Conversation c;
  c.start({.idle = 10s});
  const auto echo = [&c] {
    ends::put(*c.input, "ping");
    ends::settle(c.loop);
    REQUIRE(ends::take(c.far) == "ping");
    ends::put(c.far, "pong");
    ends::settle(c.loop);
    REQUIRE(ends::take(c.output) == "pong");
  };
  constexpr auto traced = 500ms;  // every call takes its time, and the machine may be busy
  echo();                         // buffers have been allocated
  ends::put(*c.input, "ping");
  const auto up = support::system_calls([&] { ends::settle(c.loop, traced); });
  if (!up) {
    MESSAGE("skipped: this machine does not allow tracing");
    return;
  }
  // The last wait is for settle's own timer.
  CHECK(*up == std::vector<long>{SYS_epoll_wait, SYS_read, SYS_sendto, SYS_epoll_wait});
  ends::settle(c.loop);
  ends::put(c.far, "pong");
  const auto down = support::system_calls([&] { ends::settle(c.loop, traced); });
  REQUIRE(down);
  CHECK(*down == std::vector<long>{SYS_epoll_wait, SYS_recvfrom, SYS_write, SYS_epoll_wait});
}
