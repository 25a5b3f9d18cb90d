#include <pty.h>
#include <sys/stat.h>
#include <termios.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "io/channel.hpp"
#include "sock/error.hpp"
#include "support/descriptors.hpp"
#include "support/sockets.hpp"
#include "support/temp.hpp"

using ends::bytes;
using sock::Fd;
using sock::FdRef;
using sock::io::Attempt;
using sock::io::Channel;
using sock::io::stdio_channel;
using support::error_of;

namespace {

// As the command has it.
struct IgnorePipe {
  IgnorePipe() { ::signal(SIGPIPE, SIG_IGN); }
  ~IgnorePipe() { ::signal(SIGPIPE, SIG_DFL); }
};

std::string read_text(Channel& channel) {
  std::string room(64 * 1024, '\0');
  const Attempt a = channel.try_read(std::as_writable_bytes(std::span(room.data(), room.size())));
  if (a.kind == Attempt::Kind::end) return "<end>";
  if (a.kind == Attempt::Kind::blocked) return "<blocked>";
  return room.substr(0, a.bytes);
}

Fd open_file(const std::filesystem::path& path, int flags) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  REQUIRE(fd);
  return fd;
}

Fd null() { return open_file("/dev/null", O_RDWR); }

struct Terminal {
  Fd master, slave;
  Terminal() {
    int m = -1, s = -1;
    REQUIRE(::openpty(&m, &s, nullptr, nullptr, nullptr) == 0);
    master = Fd(m);
    slave = Fd(s);
    termios mode{};
    ::tcgetattr(s, &mode);
    ::cfmakeraw(&mode);
    mode.c_lflag |= ICANON;
    ::tcsetattr(s, TCSANOW, &mode);
  }
};

bool is_null(FdRef fd) {
  struct stat ours {
  }, theirs{};
  ::fstat(fd.get(), &ours);
  ::stat("/dev/null", &theirs);
  return S_ISCHR(ours.st_mode) && ours.st_rdev == theirs.st_rdev;
}

}  // namespace

TEST_CASE("pipes are read and written without waiting, and their flags stay as they were") {
  auto in = ends::pipe(), out = ends::pipe();
  const int in_flags = ends::flags(in.a), out_flags = ends::flags(out.b);
  {
    const auto channel = stdio_channel(in.a, out.b);
    CHECK(read_text(*channel) == "<blocked>");
    ends::put(in.b, "hello");
    CHECK(read_text(*channel) == "hello");
    CHECK(channel->try_write(bytes("there")) == Attempt::moved(5));
    CHECK(ends::take(out.a) == "there");
    const std::string block(1024 * 1024, 'x');
    while (channel->try_write(bytes(block)).kind == Attempt::Kind::moved) {
    }
    CHECK(channel->try_write(bytes("x")) == Attempt::blocked());
    // Whoever shares them sees nothing of this.
    CHECK(ends::flags(in.a) == in_flags);
    CHECK(ends::flags(out.b) == out_flags);
    in.b.reset();
    CHECK(read_text(*channel) == "<end>");
    CHECK(channel->plain_fd(false) == channel->read_fd());
    CHECK_FALSE(channel->messages());
    CHECK_FALSE(channel->terminal());
  }
  CHECK(ends::flags(in.a) == in_flags);
  CHECK(ends::flags(out.b) == out_flags);
}

TEST_CASE("after finishing, the reader of our pipe sees the end, though the channel lives") {
  auto in = ends::pipe(), out = ends::pipe();
  const int number = out.b.get();
  const auto before = support::open_descriptors();
  {
    const auto channel = stdio_channel(in.a, out.b);
    REQUIRE(channel->try_write(bytes("x")) == Attempt::moved(1));
    CHECK(channel->try_finish());
    CHECK(channel->try_finish());
    CHECK(ends::take_to_end(out.a) == "x");
    CHECK(is_null(out.b));
    CHECK(sock::get_inheritable(out.b) == false);  // as it was
    ends::put(in.b, "still read");
    CHECK(read_text(*channel) == "still read");
  }
  CHECK(is_null(FdRef(number)));  // not put back
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("a pipe without a reader is an error, not a signal") {
  const IgnorePipe ignore;
  auto in = ends::pipe(), out = ends::pipe();
  SUBCASE("gone before") {
    out.a.reset();
    const int before = ends::flags(out.b);
    {
      const auto channel = stdio_channel(in.a, out.b);
      CHECK(error_of([&] { (void)channel->try_write(bytes("x")); }) == EPIPE);
    }
    CHECK(ends::flags(out.b) == before);
  }
  SUBCASE("gone later") {
    const auto channel = stdio_channel(in.a, out.b);
    out.a.reset();
    CHECK(error_of([&] { (void)channel->try_write(bytes("x")); }) == EPIPE);
  }
}

TEST_CASE("a pipe in packet mode gives a packet a read, and stays in packet mode when written") {
  auto in = ends::pipe(O_DIRECT), out = ends::pipe(O_DIRECT);
  const auto channel = stdio_channel(in.a, out.b);
  ends::put(in.b, "one");
  ends::put(in.b, "two");
  CHECK(read_text(*channel) == "one");
  CHECK(read_text(*channel) == "two");
  CHECK(channel->try_write(bytes("three")) == Attempt::moved(5));
  CHECK(channel->try_write(bytes("four")) == Attempt::moved(4));
  CHECK(ends::take(out.a) == "three");
  CHECK(ends::take(out.a) == "four");
}

TEST_CASE("regular files are read and written directly") {
  support::TempDir dir;
  support::write_file(dir / "in", "abcdef");
  support::write_file(dir / "out", "before ");
  const Fd in = open_file(dir / "in", O_RDONLY);
  REQUIRE(::lseek(in.get(), 2, SEEK_SET) == 2);  // somebody read a part of it
  const Fd out = open_file(dir / "out", O_WRONLY | O_APPEND);
  const auto channel = stdio_channel(in, out);
  CHECK(channel->read_fd() == FdRef(in));
  CHECK(channel->write_fd() == FdRef(out));
  CHECK(read_text(*channel) == "cdef");
  CHECK(read_text(*channel) == "<end>");
  CHECK(channel->try_write(bytes("after")) == Attempt::moved(5));
  CHECK(support::read_file(dir / "out") == "before after");
  CHECK(::lseek(in.get(), 0, SEEK_CUR) == 6);
}

TEST_CASE("a full disk is an error of the output") {
  if (::access("/dev/full", W_OK) != 0) {
    MESSAGE("skipped: there is no /dev/full");
    return;
  }
  const Fd in = null(), full = open_file("/dev/full", O_WRONLY);
  const auto channel = stdio_channel(in, full);
  CHECK(error_of([&] { (void)channel->try_write(bytes("x")); }) == ENOSPC);
  CHECK(read_text(*channel) == "<end>");
}

TEST_CASE("a directory as input is an error") {
  const Fd in = open_file("/", O_RDONLY), out = null();
  const auto channel = stdio_channel(in, out);
  CHECK(error_of([&] { read_text(*channel); }) == EISDIR);
}

TEST_CASE("a terminal is opened again, and keeps its flags") {
  Terminal terminal;
  const int before = ends::flags(terminal.slave);
  const auto channel = stdio_channel(terminal.slave, terminal.slave);
  CHECK(channel->terminal());
  CHECK_FALSE(channel->plain_fd(false).has_value());
  CHECK(read_text(*channel) == "<blocked>");
  ends::put(terminal.master, "line\n\x04");
  CHECK(read_text(*channel) == "line\n");
  CHECK(read_text(*channel) == "<end>");
  CHECK(channel->try_write(bytes("shown")) == Attempt::moved(5));
  CHECK(ends::take(terminal.master) == "shown");
  CHECK(ends::flags(terminal.slave) == before);
  // One descriptor is both: finishing leaves the input as it is.
  CHECK(channel->try_finish());
  CHECK_FALSE(is_null(terminal.slave));
  ends::put(terminal.master, "more\n");
  CHECK(read_text(*channel) == "more\n");
}

TEST_CASE("the master side of a terminal is not opened again; O_NONBLOCK is set and put back") {
  Terminal terminal;
  const Fd out = null();
  const int before = ends::flags(terminal.master);
  REQUIRE((before & O_NONBLOCK) == 0);
  {
    const auto channel = stdio_channel(terminal.master, out);
    CHECK(channel->read_fd() == FdRef(terminal.master));
    CHECK(read_text(*channel) == "<blocked>");
    ends::put(terminal.slave, "hello");
    CHECK(read_text(*channel) == "hello");
    terminal.slave.reset();
    CHECK(read_text(*channel) == "<end>");
  }
  CHECK(ends::flags(terminal.master) == before);
}

TEST_CASE("flags are put back also when the output was finished") {
  Terminal terminal;
  const Fd in = null(), copy = sock::dup(terminal.master);
  const int before = ends::flags(terminal.master);
  const auto channel = stdio_channel(in, terminal.master);
  CHECK((ends::flags(copy) & O_NONBLOCK) != 0);
  CHECK(channel->try_finish());
  CHECK(ends::flags(copy) == before);
  CHECK_MESSAGE(!is_null(terminal.master), "its number is what a loop watches");
}

TEST_CASE("sockets as standard input and output never wait, and keep their flags") {
  auto [ours, theirs] = ends::sockets();
  const int before = ends::flags(ours);
  const auto channel = stdio_channel(ours, ours);
  CHECK(channel->read_fd() == channel->write_fd());
  CHECK(read_text(*channel) == "<blocked>");
  ends::put(theirs, "hello");
  CHECK(read_text(*channel) == "hello");
  CHECK(channel->try_write(bytes("there")) == Attempt::moved(5));
  CHECK(channel->try_finish());
  CHECK(ends::take_to_end(theirs) == "there");
  CHECK(ends::flags(ours) == before);
  ends::put(theirs, "still");
  CHECK(read_text(*channel) == "still");
  theirs.reset();
  CHECK(read_text(*channel) == "<end>");
}

TEST_CASE("a writer gone from a socket that is standard output is an error, not a signal") {
  auto [ours, theirs] = ends::sockets();
  const auto channel = stdio_channel(ours, ours);
  theirs.reset();
  CHECK(error_of([&] { (void)channel->try_write(bytes("x")); }) == EPIPE);
}

TEST_CASE("datagram and seqpacket sockets as standard input keep boundaries") {
  const Fd out = null();
  SUBCASE("datagrams") {
    auto [ours, theirs] = ends::sockets(SOCK_DGRAM);
    const auto channel = stdio_channel(ours, ours);
    CHECK(channel->messages());
    CHECK(channel->endless());
    REQUIRE(::send(theirs.get(), "", 0, 0) == 0);
    ends::put(theirs, "two");
    CHECK(read_text(*channel) == "");
    CHECK(read_text(*channel) == "two");
    CHECK(channel->try_write({}) == Attempt::moved(0));
    CHECK(ends::take(theirs) == "");
  }
  SUBCASE("records") {
    auto [ours, theirs] = ends::sockets(SOCK_SEQPACKET);
    const auto channel = stdio_channel(ours, out);
    CHECK(channel->messages());
    CHECK_FALSE(channel->endless());
    ends::put(theirs, "one");
    ends::put(theirs, "two");
    CHECK(read_text(*channel) == "one");
    CHECK(read_text(*channel) == "two");
    theirs.reset();
    CHECK(read_text(*channel) == "<end>");
  }
}

TEST_CASE("a descriptor that is not open reads as the end, and writing to it is an error") {
  const auto before = support::open_descriptors();
  {
    const auto channel = stdio_channel(FdRef(900), FdRef(901));
    CHECK(read_text(*channel) == "<end>");
    CHECK(error_of([&] { (void)channel->try_write(bytes("x")); }) == EBADF);
    CHECK(channel->try_finish());

    sock::io::Loop loop;
    bool told = false;
    const auto watch = loop.watch(channel->read_fd(), sock::io::Interest::read, "input",
                                  [&](sock::io::Ready ready) {
                                    told = ready.read;
                                    loop.stop();
                                    return true;
                                  });
    ends::run(loop);
    CHECK(told);
  }
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("standard input and output are called that") {
  const auto channel = stdio_channel(FdRef(0), FdRef(1));
  CHECK(channel->name(false) == "standard input");
  CHECK(channel->name(true) == "standard output");
  const auto other = stdio_channel(FdRef(900), FdRef(901));
  CHECK(other->name(false) == "fd 900");
}
