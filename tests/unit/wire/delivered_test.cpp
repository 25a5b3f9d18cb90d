#include "wire/delivered.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace sock;
using namespace sock::wire;

TEST_CASE("what is delivered is read once, and what is too large or withdrawn is not") {
  const Address peer = Address::inet("192.0.2.1", 4000);
  Delivered delivered(FdRef(0), "a listener", [](const Address&, std::span<const std::byte>) {});
  std::array<std::byte, 4> room{};
  CHECK(delivered.try_read(room) == io::Attempt::blocked());
  delivered.deliver(peer, Socket::bytes("abc"));
  CHECK(delivered.from() == peer);
  CHECK(delivered.try_read(room) == io::Attempt::moved(3));
  CHECK(room.front() == std::byte{'a'});
  CHECK(delivered.try_read(room) == io::Attempt::blocked());
  delivered.deliver(peer, {});
  CHECK(delivered.try_read(room) == io::Attempt::moved(0));
  delivered.deliver(peer, Socket::bytes("abcde"));
  CHECK(delivered.try_read(room) == io::Attempt::blocked());
  delivered.deliver(peer, Socket::bytes("abc"));
  delivered.withdraw();
  CHECK(delivered.try_read(room) == io::Attempt::blocked());
}

TEST_CASE("what is written is for who has sent last, by whom it belongs to") {
  std::string gone;
  const auto note = [&](const char* by) {
    return [&gone, by](const Address& to, std::span<const std::byte> data) {
      gone = std::string(by) + ' ' + to.host() + ' ' + std::to_string(data.size());
    };
  };
  Delivered delivered(FdRef(0), "a listener", note("door"));
  delivered.deliver(Address::inet("192.0.2.1", 4000), {});
  delivered.deliver(Address::inet("192.0.2.2", 4000), {});
  CHECK(delivered.try_write(Socket::bytes("abc")) == io::Attempt::moved(3));
  CHECK(gone == "door 192.0.2.2 3");
  delivered.belong_to("a peer", note("peer"));
  CHECK(delivered.name(true) == "a peer");
  CHECK(delivered.try_write(Socket::bytes("ab")) == io::Attempt::moved(2));
  CHECK(gone == "peer 192.0.2.2 2");
}
