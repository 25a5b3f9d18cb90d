// The ways through the kernel, and a flow that takes them: every pair of ends, every route.
#include "io/splice.hpp"

#include <sys/stat.h>

#include <csignal>
#include <cstring>
#include <random>
#include <thread>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "io/channel.hpp"
#include "io/flow.hpp"
#include "sock/error.hpp"

using sock::Fd;
using sock::FdRef;
using sock::io::Channel;
using sock::io::Flow;
using sock::io::Splice;
using sock::io::Spliced;

namespace {

enum class Kind { pipe, file, appended_file, unix_socket, tcp_socket, null_device };

const char* text_of(Kind kind) {
  switch (kind) {
    case Kind::pipe:
      return "pipe";
    case Kind::file:
      return "file";
    case Kind::appended_file:
      return "file appended to";
    case Kind::unix_socket:
      return "Unix socket";
    case Kind::tcp_socket:
      return "TCP socket";
    case Kind::null_device:
      break;
  }
  return "null device";
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::minstd_rand random(4711);
  for (std::size_t i = 0; i + 4 <= size; i += 4) {
    const auto word = static_cast<std::uint32_t>(random());
    std::memcpy(&bytes[i], &word, 4);
  }
  return bytes;
}

Fd temporary_file(int flags = 0) {
  Fd fd(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600));
  if (!fd) throw std::runtime_error("no temporary file");
  return fd;
}

// One end under test, and the other side of it, if it has one.
struct End {
  Kind kind;
  Fd ours, theirs;
};

End source(Kind kind, std::string_view content) {
  if (kind == Kind::file) {
    End end{kind, temporary_file(), {}};
    ends::put(end.ours, content);
    ::lseek(end.ours.get(), 0, SEEK_SET);
    return end;
  }
  auto [a, b] = kind == Kind::pipe          ? ends::pipe()
                : kind == Kind::unix_socket ? ends::sockets()
                                            : ends::tcp();
  return {kind, std::move(a), std::move(b)};
}

End sink(Kind kind) {
  switch (kind) {
    case Kind::file:
      return {kind, temporary_file(), {}};
    case Kind::appended_file:
      return {kind, temporary_file(O_APPEND), {}};
    case Kind::null_device:
      return {kind, Fd(::open("/dev/null", O_WRONLY | O_CLOEXEC)), {}};
    default:
      break;
  }
  auto [a, b] = kind == Kind::pipe          ? ends::pipe()
                : kind == Kind::unix_socket ? ends::sockets()
                                            : ends::tcp();
  return {kind, std::move(b), std::move(a)};
}

std::unique_ptr<Channel> channel_of(Fd& fd, bool source) {
  struct stat status {};
  ::fstat(fd.get(), &status);
  if (S_ISSOCK(status.st_mode)) return sock::io::socket_channel(ends::adopt(fd), "peer");
  return source ? sock::io::stdio_channel(fd, FdRef(-1)) : sock::io::stdio_channel(FdRef(-1), fd);
}

// Pumps and waits as a loop would, until the flow is over; ten seconds without a byte fail.
void drive(Flow& flow, const Channel& from, const Channel& to) {
  while (!flow.over()) {
    if (flow.pump()) continue;
    if (flow.over()) return;
    pollfd p[2] = {
        {flow.wants_read() ? from.read_fd().get() : -1, POLLIN, 0},
        {flow.wants_write() ? to.write_fd().get() : -1, POLLOUT, 0},
    };
    if (::poll(p, 2, 10'000) <= 0) throw std::runtime_error("the flow waits for nothing");
  }
}

std::string content_of(FdRef file) {
  std::string all(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
  if (::pread(file.get(), all.data(), all.size(), 0) != static_cast<ssize_t>(all.size()))
    throw std::runtime_error("pread");
  return all;
}

}  // namespace

TEST_CASE("every byte arrives, in order, between every pair of ends by every route") {
  const std::string content = random_bytes(3'000'000);
  std::signal(SIGPIPE, SIG_IGN);
  for (const Kind from : {Kind::pipe, Kind::file, Kind::unix_socket, Kind::tcp_socket})
    for (const Kind to : {Kind::pipe, Kind::file, Kind::appended_file, Kind::unix_socket,
                          Kind::tcp_socket, Kind::null_device})
      for (const auto route : {Flow::Route::automatic, Flow::Route::buffer, Flow::Route::kernel}) {
        CAPTURE(text_of(from));
        CAPTURE(text_of(to));
        CAPTURE(static_cast<int>(route));
        End a = source(from, content);
        End b = sink(to);
        std::jthread producer([&] {
          if (from == Kind::file) return;
          ends::put(a.theirs, content);
          a.theirs.reset();
        });
        std::string got;
        std::jthread consumer([&] {
          if (b.theirs) got = ends::take_to_end(b.theirs);
        });
        {
          const auto in = channel_of(a.ours, true);
          const auto out = channel_of(b.ours, false);
          Flow flow(*in, *out, {.route = route});
          // The file is looked at before finishing lets go of it.
          drive(flow, *in, *out);
          CHECK(flow.state() == Flow::State::done);
          CHECK(flow.received() == content.size());
          CHECK(flow.delivered() == content.size());
        }
        producer.join();
        consumer.join();
        if (b.theirs) CHECK((got == content));
      }
}

TEST_CASE("what is spliced to a file is in the file") {
  const std::string content = random_bytes(1'500'000);
  for (const Kind from : {Kind::pipe, Kind::unix_socket, Kind::tcp_socket})
    for (const int append : {0, O_APPEND}) {
      CAPTURE(text_of(from));
      End a = source(from, content);
      Fd file = temporary_file(append);
      ends::put(file, "before ");
      Fd kept(::fcntl(file.get(), F_DUPFD_CLOEXEC, 3));
      std::jthread producer([&] {
        ends::put(a.theirs, content);
        a.theirs.reset();
      });
      const auto in = channel_of(a.ours, true);
      const auto out = channel_of(file, false);
      Flow flow(*in, *out, {.route = Flow::Route::kernel});
      drive(flow, *in, *out);
      CHECK((content_of(kept) == "before " + content));
    }
}

TEST_CASE("a flow moves to the kernel's route when much comes at once, and not for little") {
  auto [source_reader, source_writer] = ends::pipe();
  auto [sink_reader, sink_writer] = ends::pipe();
  const auto in = channel_of(source_reader, true);
  const auto out = channel_of(sink_writer, false);
  Flow flow(*in, *out, {});
  const int size_before = ::fcntl(sink_reader.get(), F_GETPIPE_SZ);
  ends::put(source_writer, "a little");
  CHECK(flow.pump());
  CHECK(ends::take(sink_reader) == "a little");
  CHECK_MESSAGE(::fcntl(sink_reader.get(), F_GETPIPE_SZ) == size_before, "nothing was enlarged");
  ends::put(source_writer, std::string(60'000, 'x'));
  CHECK(flow.pump());
  CHECK(ends::take(sink_reader).size() == 60'000);
  CHECK(::fcntl(sink_reader.get(), F_GETPIPE_SZ) > size_before);
}

TEST_CASE("a would-block of splice is told apart: no bytes, or no room") {
  auto [source_reader, source_writer] = ends::pipe(O_NONBLOCK);
  auto [sink_reader, sink_writer] = ends::pipe(O_NONBLOCK);
  const auto splice = Splice::between(source_reader, sink_writer);
  REQUIRE(splice);
  CHECK(splice->move(1000).kind == Spliced::Kind::source_blocked);
  ends::put(source_writer, "abc");
  const Spliced three = splice->move(1000);
  CHECK(three.kind == Spliced::Kind::short_);
  CHECK(three.bytes == 3);
  ends::fill(sink_writer);
  ends::put(source_writer, "abc");
  CHECK(splice->move(1000).kind == Spliced::Kind::sink_blocked);
  ends::put(source_writer, "d");
  CHECK(ends::take(sink_reader).starts_with("abcx"));
}

TEST_CASE("through a pipe of our own: what the sink has no room for is held, and delivered later") {
  auto [a, a_peer] = ends::sockets(SOCK_STREAM, SOCK_NONBLOCK);
  auto [b, b_peer] = ends::sockets(SOCK_STREAM, SOCK_NONBLOCK);
  const auto splice = Splice::between(a, b);
  REQUIRE(splice);
  const std::size_t filled = ends::fill(b);
  ends::put(a_peer, "held");
  const Spliced blocked = splice->move(1000);
  CHECK(blocked.kind == Spliced::Kind::sink_blocked);
  CHECK(blocked.bytes == 4);
  CHECK(splice->held() == 4);
  std::size_t got = 0;
  while (got < filled) got += ends::take(b_peer).size();
  const Spliced later = splice->move(1000);
  CHECK(later.bytes == 0);
  CHECK(splice->held() == 0);
  CHECK(ends::take(b_peer) == "held");
}

TEST_CASE("held bytes can be taken back into a buffer") {
  auto [a, a_peer] = ends::sockets(SOCK_STREAM, SOCK_NONBLOCK);
  auto [b, b_peer] = ends::sockets(SOCK_STREAM, SOCK_NONBLOCK);
  const auto splice = Splice::between(a, b);
  ends::fill(b);
  ends::put(a_peer, "held");
  (void)splice->move(1000);
  std::byte room[3];
  CHECK(splice->take(room) == 3);
  CHECK(splice->take(room) == 1);
  CHECK(splice->take(room) == 0);
}

TEST_CASE("a reset of the source and a sink whose reader is gone are failures of that side") {
  std::signal(SIGPIPE, SIG_IGN);
  {
    auto [a, a_peer] = ends::tcp();
    auto [reader, writer] = ends::pipe(O_NONBLOCK);
    ::fcntl(a.get(), F_SETFL, O_NONBLOCK);
    const auto splice = Splice::between(a, writer);
    ends::reset(a_peer);
    const Spliced result = splice->move(1000);
    CHECK(result.kind == Spliced::Kind::source_failed);
    CHECK(result.error == ECONNRESET);
  }
  for (const bool through_pipe : {false, true}) {
    auto [a, a_peer] = ends::sockets(SOCK_STREAM, SOCK_NONBLOCK);
    auto sink = through_pipe ? ends::sockets(SOCK_STREAM, SOCK_NONBLOCK) : ends::pipe(O_NONBLOCK);
    const auto splice = Splice::between(a, sink.b);
    sink.a.reset();
    ends::put(a_peer, "lost");
    const Spliced result = splice->move(1000);
    CHECK(result.kind == Spliced::Kind::sink_failed);
    CHECK(result.error == EPIPE);
    CHECK(splice->held() == (through_pipe ? 4 : 0));
  }
}

TEST_CASE("a flow whose sink fails counts what it read and did not deliver") {
  std::signal(SIGPIPE, SIG_IGN);
  auto [a, a_peer] = ends::sockets();
  auto [b, b_peer] = ends::sockets();
  const auto in = sock::io::socket_channel(ends::adopt(a), "source");
  const auto out = sock::io::socket_channel(ends::adopt(b), "sink");
  Flow flow(*in, *out, {.route = Flow::Route::kernel});
  ends::put(a_peer, "1234");
  CHECK(flow.pump());
  b_peer.reset();
  ends::put(a_peer, "lost");
  while (!flow.over()) CHECK(flow.pump());
  CHECK(flow.state() == Flow::State::failed);
  CHECK(flow.failed_side() == Flow::Side::writing);
  CHECK(flow.received() == 8);
  CHECK(flow.delivered() == 4);
  CHECK_THROWS_AS(std::rethrow_exception(flow.error()), sock::BrokenPipeError);
}

TEST_CASE("ends that splice cannot serve have no way through the kernel") {
  auto [reader, writer] = ends::pipe();
  const Fd zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const Fd appended = temporary_file(O_APPEND);
  CHECK_FALSE(Splice::between(zero, writer));
  CHECK_FALSE(Splice::between(reader, full));
  CHECK_FALSE(Splice::between(reader, appended));
  CHECK_FALSE(Splice::between(FdRef(-1), writer));
}

TEST_CASE("pipes of the pool are empty, non-blocking, large, and used again") {
  auto& pool = sock::io::PipePool::instance();
  sock::io::Pipe pipe = pool.take();
  REQUIRE(pipe.reader);
  CHECK((ends::flags(pipe.reader) & O_NONBLOCK) != 0);
  CHECK(::fcntl(pipe.writer.get(), F_GETPIPE_SZ) > 64 * 1024);
  const int number = pipe.reader.get();
  pool.give(std::move(pipe));
  CHECK(pool.take().reader.get() == number);
}
