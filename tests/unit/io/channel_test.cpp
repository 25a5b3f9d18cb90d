#include "io/channel.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "sock/error.hpp"
#include "support/descriptors.hpp"

using ends::bytes;
using sock::Address;
using sock::Fd;
using sock::FdRef;
using sock::Socket;
using sock::io::Attempt;
using sock::io::Channel;
using sock::io::datagram_channel;
using sock::io::socket_channel;

namespace {

// The text of one read; the kind where it moved nothing.
std::string read_text(Channel& channel, std::size_t size = 64 * 1024) {
  std::string room(size, '\0');
  const Attempt a = channel.try_read(std::as_writable_bytes(std::span(room.data(), room.size())));
  if (a.kind == Attempt::Kind::end) return "<end>";
  if (a.kind == Attempt::Kind::blocked) return "<blocked>";
  return room.substr(0, a.bytes);
}

int error_of(const std::function<void()>& body, std::string& subject) {
  try {
    body();
    return 0;
  } catch (const sock::Error& e) {
    subject = e.subject();
    return e.code().value();
  }
}

Socket udp() {
  Socket s(AF_INET, SOCK_DGRAM);
  s.bind(Address::inet("127.0.0.1", 0));
  return s;
}

}  // namespace

TEST_CASE("a count, the end and would-block of a stream socket are three things") {
  auto [a, b] = ends::sockets();
  const auto channel = socket_channel(ends::adopt(a), "the peer");
  CHECK(read_text(*channel) == "<blocked>");
  ends::put(b, "hello");
  CHECK(read_text(*channel) == "hello");
  CHECK(channel->try_write(bytes("there")) == Attempt::moved(5));
  CHECK(ends::take(b) == "there");
  ::shutdown(b.get(), SHUT_WR);
  CHECK(read_text(*channel) == "<end>");

  CHECK(channel->read_fd() == channel->write_fd());
  CHECK(channel->plain_fd(false) == channel->read_fd());
  CHECK_FALSE(channel->messages());
  CHECK_FALSE(channel->endless());
  CHECK_FALSE(channel->terminal());
  CHECK(channel->name(true) == "the peer");
}

TEST_CASE("a socket that takes no more is blocked, though it was in blocking mode") {
  auto [a, b] = ends::sockets();
  const auto channel = socket_channel(ends::adopt(a), "peer");
  const std::string block(1024 * 1024, 'x');
  while (channel->try_write(bytes(block)).kind == Attempt::Kind::moved) {
  }
  CHECK(channel->try_write(bytes("x")) == Attempt::blocked());
  CHECK((ends::flags(channel->write_fd()) & O_NONBLOCK) != 0);
}

TEST_CASE("finishing shuts a socket down for writing, once") {
  auto [a, b] = ends::sockets();
  const auto channel = socket_channel(ends::adopt(a), "peer");
  CHECK(channel->try_finish());
  CHECK(channel->try_finish());
  CHECK(ends::take(b) == "");
  ends::put(b, "still");
  CHECK(read_text(*channel) == "still");
  b.reset();
  CHECK(channel->try_finish());
}

TEST_CASE("finishing towards a peer that has reset the connection is done") {
  auto [a, b] = ends::tcp();
  const auto channel = socket_channel(ends::adopt(a), "peer");
  ends::reset(b);
  CHECK_THROWS_AS(read_text(*channel), sock::ConnectionResetError);
  CHECK(channel->try_finish());
}

TEST_CASE("errors of a socket channel name the peer, and raise no signal") {
  auto [a, b] = ends::sockets();
  const auto channel = socket_channel(ends::adopt(a), "the peer");
  b.reset();
  std::string subject;
  CHECK(error_of([&] { (void)channel->try_write(bytes("x")); }, subject) == EPIPE);
  CHECK(subject == "the peer");
}

TEST_CASE("a seqpacket socket keeps records, and tells empty ones from the end") {
  auto [a, b] = ends::sockets(SOCK_SEQPACKET);
  const auto channel = socket_channel(ends::adopt(a), "peer");
  CHECK(channel->messages());
  CHECK_FALSE(channel->plain_fd(false).has_value());
  for (const char* text : {"one", "", "three"})
    REQUIRE(::send(b.get(), text, std::strlen(text), 0) >= 0);
  CHECK(read_text(*channel) == "one");
  CHECK(read_text(*channel) == "");
  CHECK(read_text(*channel) == "three");
  CHECK(read_text(*channel) == "<blocked>");
  REQUIRE(::send(b.get(), "", 0, 0) == 0);
  CHECK(read_text(*channel) == "");  // with nothing behind it

  CHECK(channel->try_write({}) == Attempt::moved(0));
  CHECK(channel->try_write(bytes("x")) == Attempt::moved(1));
  CHECK(ends::take(b) == "");
  CHECK(ends::take(b) == "x");

  // Also when the peer has ended already.
  for (const char* text : {"", "last"}) REQUIRE(::send(b.get(), text, std::strlen(text), 0) >= 0);
  b.reset();
  CHECK(read_text(*channel) == "");
  CHECK(read_text(*channel) == "last");
  CHECK(read_text(*channel) == "<end>");
}

TEST_CASE("a record or datagram that does not fit is an error, not cut") {
  std::string subject;
  SUBCASE("record") {
    auto [a, b] = ends::sockets(SOCK_SEQPACKET);
    const auto channel = socket_channel(ends::adopt(a), "peer");
    ends::put(b, "12345");
    CHECK(error_of([&] { read_text(*channel, 4); }, subject) == EMSGSIZE);
  }
  SUBCASE("datagram") {
    auto [a, b] = ends::sockets(SOCK_DGRAM);
    const auto channel = datagram_channel(ends::adopt(a), {}, "peer");
    ends::put(b, "12345");
    CHECK(error_of([&] { read_text(*channel, 4); }, subject) == EMSGSIZE);
    ends::put(b, "1234");
    CHECK(read_text(*channel, 4) == "1234");
  }
  CHECK((subject == "peer" || subject.empty()));
}

TEST_CASE("a connected datagram socket has empty datagrams and no end") {
  auto [a, b] = ends::sockets(SOCK_DGRAM);
  const auto channel = datagram_channel(ends::adopt(a), {}, "peer");
  CHECK(channel->messages());
  CHECK(channel->endless());
  CHECK(read_text(*channel) == "<blocked>");
  REQUIRE(::send(b.get(), "", 0, 0) == 0);
  CHECK(read_text(*channel) == "");
  CHECK(channel->try_write({}) == Attempt::moved(0));
  CHECK(ends::take(b) == "");
  CHECK(channel->try_finish());
  b.reset();
  CHECK(read_text(*channel) == "<blocked>");
}

TEST_CASE("an unconnected datagram socket talks to its peer alone") {
  Socket ours = udp(), peer = udp(), stranger = udp();
  const Address here = ours.getsockname();
  const auto channel = datagram_channel(std::move(ours), peer.getsockname(), "peer");
  for (int i = 0; i < 70; ++i) stranger.sendto("noise", here);
  peer.sendto("hello", here);
  // A turn ends after so many of them; then comes another.
  CHECK(read_text(*channel) == "<blocked>");
  CHECK(read_text(*channel) == "hello");
  CHECK(read_text(*channel) == "<blocked>");
  CHECK(channel->try_write(bytes("answer")) == Attempt::moved(6));
  CHECK(peer.recv(100) == "answer");
  CHECK_FALSE(ends::readable(stranger));
}

TEST_CASE("a refused datagram is an error that names the peer") {
  Socket ours = udp();
  Address nobody;
  { nobody = udp().getsockname(); }
  ours.connect(nobody);
  const auto channel = datagram_channel(std::move(ours), {}, "nobody");
  REQUIRE(channel->try_write(bytes("x")) == Attempt::moved(1));
  std::string subject;
  CHECK(error_of([&] { read_text(*channel); }, subject) == ECONNREFUSED);
  CHECK(subject == "nobody");
}

TEST_CASE("a full Unix datagram receiver is waited for, not asked again and again") {
  Socket ours(AF_UNIX, SOCK_DGRAM), peer(AF_UNIX, SOCK_DGRAM);
  ours.bind(Address::unix_(""));
  peer.bind(Address::unix_(""));
  const auto channel = datagram_channel(std::move(ours), peer.getsockname(), "peer");
  int sent = 0;
  while (channel->try_write(bytes("x")).kind == Attempt::Kind::moved) ++sent;
  REQUIRE(sent > 0);

  sock::io::Loop loop;
  int called = 0;
  const auto watch =
      loop.watch(channel->write_fd(), sock::io::Interest::write, "peer", [&](sock::io::Ready) {
        ++called;
        loop.stop();
        return false;
      });
  ends::settle(loop);
  CHECK(called == 0);
  for (int i = 0; i < sent; ++i) CHECK(peer.recv(10) == "x");
  ends::run(loop);
  CHECK(called == 1);
  CHECK(channel->try_write(bytes("y")) == Attempt::moved(1));
}

TEST_CASE("a channel owns its socket") {
  const auto before = support::open_descriptors();
  {
    auto [a, b] = ends::sockets();
    const auto channel = socket_channel(ends::adopt(a), "peer");
    const auto other = datagram_channel(udp(), {}, "peer");
    CHECK(support::open_descriptors() == before + 3);
  }
  CHECK(support::open_descriptors() == before);
}
