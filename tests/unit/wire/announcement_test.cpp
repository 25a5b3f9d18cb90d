#include "wire/announcement.hpp"

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "wire/candidates.hpp"
#include "wire/dial.hpp"

using namespace sock;
using namespace sock::wire;
using Version = Announcement::Version;

TEST_CASE("a connection is announced by its own ends, or by those that are given") {
  Socket listener(AF_INET);
  listener.bind(Address::inet("127.0.0.1", 0));
  listener.listen();
  Socket socket(AF_INET);
  socket.connect(listener.getsockname());
  const ProxiedEnds own{socket.getsockname(), listener.getsockname()};
  CHECK(header_of({Version::v1}, socket) == proxy_header_v1(own));
  CHECK(header_of({Version::v2}, socket) == proxy_header_v2(own));
  const ProxiedEnds given{Address::inet("192.0.2.1", 1), Address::inet("192.0.2.2", 2)};
  CHECK(header_of({Version::v2, given}, socket) == proxy_header_v2(given));
}

TEST_CASE("version 2 alone has words for datagrams, and none for records") {
  Socket socket(AF_INET, SOCK_DGRAM);
  socket.connect(Address::inet("127.0.0.1", 9));
  const ProxiedEnds own{socket.getsockname(), socket.getpeername()};
  CHECK(header_of({Version::v2}, socket) == proxy_header_v2(own, true));
  CHECK_THROWS_AS((void)header_of({Version::v1}, socket), UsageError);
  auto [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET);
  CHECK_THROWS_AS((void)header_of({Version::v2}, a), UsageError);
}

TEST_CASE("a stream is sent the header at once, datagrams get it one by one") {
  const ProxiedEnds given{Address::inet("192.0.2.1", 1), Address::inet("192.0.2.2", 2)};
  auto [ours, theirs] = socketpair(AF_UNIX, SOCK_STREAM);
  Dialed stream{std::move(ours), {}, "x", {}};
  announce({Version::v1, given}, stream);
  CHECK(theirs.recv(100) == proxy_header_v1(given));
  CHECK_FALSE(stream.wrapping);

  Socket socket(AF_INET, SOCK_DGRAM);
  socket.connect(Address::inet("127.0.0.1", 9));
  Dialed datagrams{std::move(socket), {}, "x", {}};
  datagrams.wrapping = Wrapping{.header = "before"};
  announce({Version::v2, given}, datagrams);
  CHECK(datagrams.wrapping->header == "before" + proxy_header_v2(given, true));
}
