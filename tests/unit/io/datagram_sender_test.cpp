#include "io/datagram_sender.hpp"

#include <cerrno>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "io/message_batch.hpp"
#include "sock/create.hpp"
#include "sock/error.hpp"

namespace {

using namespace sock;
using namespace sock::io;

struct Datagrams {
  std::string bytes;
  std::vector<std::size_t> sizes;

  Datagrams& add(std::size_t size) {
    sizes.push_back(size);
    for (std::size_t i = 0; i < size; ++i)
      bytes += static_cast<char>('a' + (sizes.size() + i) % 26);
    return *this;
  }
};

Socket bound() {
  Socket socket(AF_INET, SOCK_DGRAM);
  socket.bind(Address::inet("127.0.0.1", 0));
  socket.settimeout(std::chrono::seconds(10));
  return socket;
}

// Sends them all, and looks at what comes out at the other end.
void check_exchange(DatagramSender& sender, const Socket& from, Socket& receiver,
                    const Datagrams& all, const Address& to) {
  std::span<const std::size_t> sizes = all.sizes;
  std::string_view bytes = all.bytes;
  std::string_view expected = all.bytes;
  while (!sizes.empty()) {
    const std::size_t sent = sender.send(from, Socket::bytes(bytes), sizes, "peer", to);
    REQUIRE(sent != 0);
    for (const std::size_t size : sizes.first(sent)) {
      const auto got = receiver.recv(65536);
      CHECK(std::string_view(reinterpret_cast<const char*>(got.data()), got.size()) ==
            expected.substr(0, size));
      expected.remove_prefix(size);
      bytes.remove_prefix(size);
    }
    sizes = sizes.subspan(sent);
  }
}

std::vector<Datagrams> mixtures() {
  Datagrams equal, mixed, empty, large, many;
  for (int i = 0; i < 100; ++i) equal.add(64);
  for (const std::size_t size :
       std::initializer_list<std::size_t>{10, 10, 10, 7, 10, 10, 11, 11, 3, 1, 1400, 1400, 20})
    mixed.add(size);
  empty.add(0).add(5).add(5).add(0).add(0).add(5).add(4).add(0);
  for (int i = 0; i < 4; ++i) large.add(30'000);
  large.add(60'000).add(1);
  for (std::size_t i = 0; i < 150; ++i) many.add(1 + i % 3);
  return {equal, mixed, empty, large, many};
}

TEST_CASE("datagrams arrive as they are, whatever sizes follow each other") {
  const Socket from = bound();
  Socket receiver = bound();
  DatagramSender sender(true);
  for (const Datagrams& all : mixtures())
    check_exchange(sender, from, receiver, all, receiver.getsockname());
}

TEST_CASE("where the system cannot cut, they are sent as they are") {
  Socket from = bound();
  // udp(7): what the system cuts needs its checksums.
  from.setsockopt(SOL_SOCKET, SO_NO_CHECK, 1);
  Socket receiver = bound();
  DatagramSender sender(true);
  for (const Datagrams& all : mixtures())
    check_exchange(sender, from, receiver, all, receiver.getsockname());
}

TEST_CASE("a connected socket needs no address, and one of another family is not asked to cut") {
  auto [from, receiver] = socketpair(AF_UNIX, SOCK_DGRAM);
  DatagramSender sender(false);
  Datagrams few;
  few.add(10).add(10).add(3).add(0).add(10);
  check_exchange(sender, from, receiver, few, {});
}

TEST_CASE("what a full receiver does not take is not counted") {
  auto [from, receiver] = socketpair(AF_UNIX, SOCK_DGRAM);
  DatagramSender sender(false);
  Datagrams all;
  for (int i = 0; i < 2000; ++i) all.add(100);
  std::size_t sent = 0;
  for (;;) {
    const auto rest = std::span<const std::size_t>(all.sizes).subspan(sent);
    REQUIRE(!rest.empty());
    const auto bytes = std::string_view(all.bytes).substr(sent * 100);
    const std::size_t n = sender.send(from, Socket::bytes(bytes), rest, "peer", {});
    if (n == 0) break;
    sent += n;
  }
  for (std::size_t i = 0; i < sent; ++i) CHECK(receiver.recv(1000).size() == 100);
  receiver.setblocking(false);
  CHECK_THROWS_AS((void)receiver.recv(1000), BlockingIOError);
}

TEST_CASE("a datagram that is too large is an error of its own, after those before it") {
  const Socket from = bound();
  Socket receiver = bound();
  DatagramSender sender(true);
  Datagrams all;
  all.add(10).add(65'508).add(10);
  std::span<const std::size_t> sizes = all.sizes;
  CHECK(sender.send(from, Socket::bytes(all.bytes), sizes, "peer", receiver.getsockname()) == 1);
  try {
    (void)sender.send(from, Socket::bytes(std::string_view(all.bytes).substr(10)), sizes.subspan(1),
                      "peer", receiver.getsockname());
    FAIL("it was taken");
  } catch (const Error& error) {
    CHECK(error.code().value() == EMSGSIZE);
    CHECK(error.subject() == "peer");
  }
}

TEST_CASE("a batch has room for a whole message or none, and counts what is in it") {
  MessageBatch batch(100 * 1024);
  CHECK(batch.empty());
  REQUIRE(batch.room().size() == 100 * 1024);
  batch.filled(100 * 1024);
  REQUIRE(batch.room().size() == 100 * 1024);
  batch.filled(60 * 1024);
  CHECK(batch.room().empty());
  CHECK(batch.sizes().size() == 2);
  CHECK(batch.bytes().size() == 160 * 1024);
  batch.sent(1);
  CHECK(batch.bytes().size() == 60 * 1024);
  CHECK(batch.sizes()[0] == 60 * 1024);
  CHECK(batch.bytes_in() == 160 * 1024);
  CHECK(batch.bytes_out() == 100 * 1024);
  batch.sent(1);
  CHECK(batch.empty());
  CHECK(!batch.room().empty());
}

TEST_CASE("a batch takes so many small messages, also empty ones") {
  MessageBatch batch(1000);
  std::size_t count = 0;
  while (!batch.room().empty()) {
    batch.filled(0);
    ++count;
  }
  CHECK(count == 128);
  CHECK(!batch.empty());
  batch.sent(count);
  CHECK(batch.empty());
}

}  // namespace
