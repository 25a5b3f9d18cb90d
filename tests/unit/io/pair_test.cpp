#include "io/pair.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include <doctest/doctest.h>

#include "sock/error.hpp"
#include "support/descriptors.hpp"

using namespace sock;
using namespace sock::io;

namespace {

void check_joined(const End& from, const End& to) {
  REQUIRE(::write(writer(from).get(), "hello", 5) == 5);
  std::array<char, 8> got{};
  CHECK(::read(reader(to).get(), got.data(), got.size()) == 5);
  CHECK(std::string_view(got.data(), 5) == "hello");
}

TEST_CASE("ends of every kind are joined both ways, blocking, and close-on-exec") {
  struct Row {
    int family, type;
  };
  for (const Row& row :
       {Row{AF_UNIX, SOCK_STREAM}, Row{AF_UNIX, SOCK_DGRAM}, Row{AF_UNIX, SOCK_SEQPACKET},
        Row{AF_INET, SOCK_STREAM}, Row{AF_INET, SOCK_DGRAM}, Row{AF_INET6, SOCK_STREAM},
        Row{AF_INET6, SOCK_DGRAM}, Row{0, 0}}) {
    CAPTURE(row.family);
    CAPTURE(row.type);
    const auto before = support::open_descriptors();
    {
      const auto [first, second] = row.type == 0 ? pipe_ends() : socket_ends(row.family, row.type);
      check_joined(first, second);
      check_joined(second, first);
      for (const FdRef fd : {reader(first), writer(first), reader(second), writer(second)}) {
        CHECK((::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) == 0);
        CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
      }
      CHECK((reader(first) == writer(first)) == (row.type != 0));
    }
    CHECK(support::open_descriptors() == before);
  }
}

TEST_CASE("TCP ends do not wait for more to send") {
  const auto [first, second] = socket_ends(AF_INET, SOCK_STREAM);
  CHECK(std::get<Socket>(first).getsockopt(IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK(std::get<Socket>(second).getsockopt(IPPROTO_TCP, TCP_NODELAY) != 0);
}

TEST_CASE("datagram ends take none of a stranger") {
  const auto [first, second] = socket_ends(AF_INET, SOCK_DGRAM);
  Socket stranger(AF_INET, SOCK_DGRAM);
  stranger.sendto("stranger", std::get<Socket>(second).getsockname());
  check_joined(first, second);
}

TEST_CASE("an end is enlarged, and told how far") {
  for (const int family : {AF_UNIX, AF_INET}) {
    const auto [first, second] = socket_ends(family, SOCK_STREAM);
    const std::size_t room = enlarge_end(first, 64 * 1024);
    CHECK(room >= 64 * 1024);
    CHECK(std::get<Socket>(first).getsockopt(SOL_SOCKET, SO_SNDBUF) / 2 >=
          static_cast<std::int64_t>(room));
  }
  const auto [first, second] = pipe_ends();
  CHECK(enlarge_end(first, 256 * 1024) == 256 * 1024);
  CHECK(::fcntl(reader(second).get(), F_GETPIPE_SZ) == 256 * 1024);
}

TEST_CASE("a pipe's channel reads, writes, blocks, and closes one direction") {
  std::signal(SIGPIPE, SIG_IGN);
  const auto before = support::open_descriptors();
  {
    auto [ours, theirs] = pipe_ends();
    const auto channel = end_channel(std::move(ours), "the program");
    std::array<std::byte, 16> room{};
    CHECK(channel->try_read(room) == Attempt::blocked());
    REQUIRE(::write(writer(theirs).get(), "abc", 3) == 3);
    CHECK(channel->try_read(room) == Attempt::moved(3));
    CHECK(channel->try_write(std::span(room).first(3)) == Attempt::moved(3));
    std::array<char, 16> got{};
    CHECK(::read(reader(theirs).get(), got.data(), got.size()) == 3);
    CHECK(channel->try_finish());
    CHECK(::read(reader(theirs).get(), got.data(), got.size()) == 0);
    REQUIRE(::write(writer(theirs).get(), "d", 1) == 1);  // the other direction goes on
    CHECK(channel->try_read(room) == Attempt::moved(1));
    theirs = Pipe();
    CHECK(channel->try_read(room) == Attempt::end());
  }
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("a pipe without a reader is an error that names the end") {
  std::signal(SIGPIPE, SIG_IGN);
  auto [ours, theirs] = pipe_ends();
  const auto channel = end_channel(std::move(ours), "the program");
  theirs = Pipe();
  const std::array<std::byte, 1> data{};
  CHECK_THROWS_WITH_AS((void)channel->try_write(data), "write the program: Broken pipe",
                       BrokenPipeError);
}

}  // namespace
