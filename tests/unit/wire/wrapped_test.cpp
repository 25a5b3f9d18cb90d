#include "wire/wrapped.hpp"

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "io/loop.hpp"
#include "sock/create.hpp"
#include "wire/proxy_error.hpp"
#include "wire/socks.hpp"

using namespace sock;
using namespace sock::wire;
using io::Attempt;

namespace {

// A socket on either side, and a channel over ours.
struct Ends {
  Socket theirs{AF_INET, SOCK_DGRAM};
  std::optional<Socket> control;  // the proxy's end
  std::unique_ptr<io::Channel> channel;

  Ends(const std::string& header, bool with_control) {
    theirs.bind(Address::inet("127.0.0.1", 0));
    Socket ours(AF_INET, SOCK_DGRAM);
    ours.bind(Address::inet("127.0.0.1", 0));
    ours.connect(theirs.getsockname());
    theirs.connect(ours.getsockname());
    Wrapping wrapping{.header = header, .proxy = "socks5h://p:1"};
    if (with_control) {
      auto [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
      wrapping.control = std::move(a);
      control = std::move(b);
    }
    channel = wrapped_channel(std::move(ours), std::move(wrapping), "x");
  }
};

const std::string header = socks_datagram_header({"192.0.2.1", 53});

std::string read(io::Channel& channel) {
  std::array<std::byte, 100> room;
  const Attempt attempt = channel.try_read(room);
  REQUIRE(attempt.kind == Attempt::Kind::moved);
  return {reinterpret_cast<const char*>(room.data()), attempt.bytes};
}

}  // namespace

TEST_CASE("what is sent goes behind the header, and what comes is as it was") {
  Ends ends("header:", false);
  CHECK(ends.channel->try_write(Socket::bytes("data")) == Attempt::moved(4));
  CHECK(ends.theirs.recv(100) == "header:data");
  CHECK(ends.channel->try_write({}) == Attempt::moved(0));
  CHECK(ends.theirs.recv(100) == "header:");
  ends.theirs.send("answer");
  CHECK(read(*ends.channel) == "answer");
  CHECK(ends.channel->messages());
  CHECK(ends.channel->endless());
}

TEST_CASE("what comes from a proxy loses its header, and nonsense is dropped") {
  Ends ends(header, true);
  CHECK(ends.channel->try_write(Socket::bytes("data")) == Attempt::moved(4));
  CHECK(ends.theirs.recv(100) == header + "data");
  ends.theirs.send("nonsense");
  ends.theirs.send(socks_datagram_header({"a.example", 1}) + "one");
  ends.theirs.send(header);
  CHECK(read(*ends.channel) == "one");
  CHECK(read(*ends.channel).empty());
  std::array<std::byte, 2> small;
  CHECK(ends.channel->try_read(small) == Attempt::blocked());
  ends.theirs.send(header + "large");
  CHECK_THROWS_AS((void)ends.channel->try_read(small), Error);
}

TEST_CASE("the end of the connection that holds the datagrams is told, also to who waits") {
  Ends ends(header, true);
  std::array<std::byte, 8> room;
  ends.control->sendall("words that mean nothing");
  CHECK(ends.channel->try_read(room) == Attempt::blocked());
  io::Loop loop;
  bool told = false;
  const io::Watch watch =
      loop.watch(ends.channel->read_fd(), io::Interest::read, "x", [&](io::Ready) {
        told = true;
        CHECK_THROWS_AS((void)ends.channel->try_read(room), ProxyError);
        loop.stop();
        return true;
      });
  ends.control->close();
  loop.run();
  CHECK(told);
}
