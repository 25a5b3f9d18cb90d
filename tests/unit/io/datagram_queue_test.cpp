#include "io/datagram_queue.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "io/socket_calls.hpp"
#include "sock/create.hpp"
#include "sock/error.hpp"

namespace {

using namespace sock;
using namespace sock::io;
using Kind = Attempt::Kind;

struct Received {
  Attempt attempt;
  std::string bytes;
  Address from;
};

Received receive(DatagramQueue& queue, const Socket& socket, std::size_t room = 64 * 1024) {
  std::vector<std::byte> bytes(room);
  Received result{.attempt = Attempt::blocked(), .bytes = {}, .from = {}};
  result.attempt = queue.receive(socket, bytes, "peer", &result.from);
  if (result.attempt.kind == Kind::moved)
    result.bytes.assign(reinterpret_cast<const char*>(bytes.data()), result.attempt.bytes);
  return result;
}

Socket bound() {
  Socket socket(AF_INET, SOCK_DGRAM);
  socket.bind(Address::inet("127.0.0.1", 0));
  return socket;
}

TEST_CASE("datagrams come out one by one in order, each with its sender, however many queue") {
  const Socket receiver = bound();
  std::array<Socket, 2> senders{bound(), bound()};
  constexpr int count = 100;
  const auto text = [](int i) {
    return i % 7 == 3 ? "" : std::string(static_cast<std::size_t>(i), 'x') + std::to_string(i);
  };
  for (int i = 0; i < count; ++i) {
    const std::string data = text(i);
    REQUIRE(senders[static_cast<std::size_t>(i % 2)].sendto(data, receiver.getsockname()) ==
            data.size());
  }
  DatagramQueue queue;
  bool ahead = false;
  for (int i = 0; i < count; ++i) {
    CAPTURE(i);
    const Received one = receive(queue, receiver);
    REQUIRE(one.attempt == Attempt::moved(text(i).size()));
    CHECK(one.bytes == text(i));
    CHECK(one.from == senders[static_cast<std::size_t>(i % 2)].getsockname());
    ahead = ahead || queue.pending();
  }
  CHECK(ahead);
  CHECK(!queue.pending());
  CHECK(receive(queue, receiver).attempt == Attempt::blocked());
}

TEST_CASE("a datagram that comes alone is not read ahead of") {
  const Socket receiver = bound();
  Socket sender = bound();
  DatagramQueue queue;
  for (int i = 0; i < 10; ++i) {
    REQUIRE(sender.sendto("one", receiver.getsockname()) == 3);
    CHECK(receive(queue, receiver).bytes == "one");
    CHECK(!queue.pending());
    CHECK(receive(queue, receiver).attempt == Attempt::blocked());
  }
}

TEST_CASE("a datagram that is cut is an error in its place, and those after it are whole") {
  auto [sender, receiver] = socketpair(AF_UNIX, SOCK_DGRAM);
  const std::string small = "small", large(70'000, 'l');
  for (const std::string& data : {small, small, small, small, small, large, small})
    REQUIRE(sender.send(data) == data.size());
  DatagramQueue queue;
  for (int i = 0; i < 5; ++i) CHECK(receive(queue, receiver).bytes == small);
  CHECK(queue.pending());
  try {
    receive(queue, receiver);
    FAIL("it was not told");
  } catch (const CutMessage& error) {
    CHECK(error.code().value() == EMSGSIZE);
    CHECK(error.size() == large.size());
    CHECK(error.subject() == "peer");
  }
  CHECK(receive(queue, receiver).bytes == small);
}

TEST_CASE("a datagram for which its reader has no room is an error, queued or not") {
  const Socket receiver = bound();
  Socket sender = bound();
  for (int i = 0; i < 6; ++i) REQUIRE(sender.sendto("twelve bytes", receiver.getsockname()) == 12);
  DatagramQueue queue;
  for (int i = 0; i < 6; ++i) {
    try {
      receive(queue, receiver, 11);
      FAIL("it was not told");
    } catch (const CutMessage& error) {
      CHECK(error.size() == 12);
    }
  }
  CHECK(receive(queue, receiver, 11).attempt == Attempt::blocked());
}

TEST_CASE("the error of a refused datagram is told, queued or not") {
  Socket sender = bound();
  {
    const Socket gone = bound();
    sender.connect(gone.getsockname());
  }
  DatagramQueue queue;
  (void)sender.send("x");
  CHECK_THROWS_AS(receive(queue, sender), ConnectionRefusedError);
  CHECK(receive(queue, sender).attempt == Attempt::blocked());
}

}  // namespace
