// Making, ending, modes, names and options.
#include "sock/socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "sock/stream.hpp"
#include "support/descriptors.hpp"
#include "support/sockets.hpp"

using namespace std::chrono_literals;
using sock::Address;
using sock::Socket;
using sock::Timeout;
using support::error_of;

namespace {

bool nonblocking(int fd) { return ::fcntl(fd, F_GETFL) & O_NONBLOCK; }
bool inheritable(int fd) { return !(::fcntl(fd, F_GETFD) & FD_CLOEXEC); }

// The process's default timeout, put back at the end.
struct DefaultTimeout {
  explicit DefaultTimeout(Timeout t) { sock::setdefaulttimeout(t); }
  ~DefaultTimeout() { sock::setdefaulttimeout(std::nullopt); }
};

Socket listener() {
  Socket s;
  s.bind("127.0.0.1", 0);
  s.listen();
  return s;
}

}  // namespace

TEST_CASE("a socket is a blocking TCP socket over IPv4 unless told otherwise") {
  const Socket s;
  CHECK(s.family() == AF_INET);
  CHECK(s.type() == SOCK_STREAM);
  CHECK(s.proto() == 0);
  CHECK(s.fileno() >= 0);
  CHECK(s.gettimeout() == Timeout());
  CHECK(s.getblocking());
  CHECK_FALSE(nonblocking(s.fileno()));
  const Socket defaults(-1, -1, -1);
  CHECK(defaults.family() == AF_INET);
  CHECK(defaults.type() == SOCK_STREAM);
  const Socket udp(AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
  CHECK(udp.getsockopt(SOL_SOCKET, SO_TYPE) == SOCK_DGRAM);
  CHECK(udp.proto() == IPPROTO_UDP);
}

TEST_CASE("a family that does not exist is an error that names it") {
  CHECK_THROWS_WITH_AS(Socket(AF_UNIX, SOCK_STREAM, 250),
                       "socket AF_UNIX SOCK_STREAM: Protocol not supported", sock::Error);
}

TEST_CASE("every new descriptor is closed when a program is run") {
  Socket server = listener();
  Socket client;
  client.connect(server.getsockname());
  auto [accepted, peer] = server.accept();
  auto [a, b] = sock::socketpair();
  const Socket copy = client.dup();
  for (const int fd :
       {server.fileno(), client.fileno(), accepted.fileno(), a.fileno(), b.fileno(), copy.fileno()})
    CHECK_FALSE(inheritable(fd));
  client.set_inheritable(true);
  CHECK(client.get_inheritable());
  CHECK(inheritable(client.fileno()));
}

TEST_CASE("SOCK_NONBLOCK in the type is timeout 0 and never shows in the type") {
  const DefaultTimeout given(5s);
  const Socket s(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
  CHECK(s.type() == SOCK_STREAM);
  CHECK(s.gettimeout() == Timeout(0s));
  CHECK_FALSE(s.getblocking());
  CHECK(nonblocking(s.fileno()));
}

TEST_CASE("none makes the descriptor blocking, any number non-blocking") {
  Socket s;
  for (const Timeout t : {Timeout(0s), Timeout(5s), Timeout(1ns)}) {
    s.settimeout(t);
    CHECK(nonblocking(s.fileno()));
    CHECK(s.gettimeout() == t);
    s.settimeout(std::nullopt);
    CHECK_FALSE(nonblocking(s.fileno()));
  }
  s.setblocking(false);
  CHECK(s.gettimeout() == Timeout(0s));
  s.setblocking(true);
  CHECK(s.gettimeout() == Timeout());
}

TEST_CASE("settimeout on a closed socket keeps the value and says EBADF") {
  Socket s;
  s.close();
  CHECK(error_of([&] { s.settimeout(3s); }) == EBADF);
  CHECK(s.gettimeout() == Timeout(3s));
}

TEST_CASE("the default timeout applies to every new socket") {
  Socket server = listener();
  const Socket before = server.dup();
  const DefaultTimeout given(2500ms);
  CHECK(sock::getdefaulttimeout() == Timeout(2500ms));

  Socket client;
  CHECK(client.gettimeout() == Timeout(2500ms));
  CHECK(nonblocking(client.fileno()));
  client.connect(server.getsockname());

  auto [accepted, peer] = server.accept();
  CHECK(accepted.gettimeout() == Timeout(2500ms));
  CHECK(nonblocking(accepted.fileno()));

  auto [a, b] = sock::socketpair();
  CHECK(a.gettimeout() == Timeout(2500ms));
  CHECK(nonblocking(b.fileno()));

  const Socket copy = sock::fromfd(a);
  CHECK(copy.gettimeout() == Timeout(2500ms));
  CHECK_MESSAGE(server.dup().gettimeout() == Timeout(), "dup takes the socket's own");
}

TEST_CASE("an accepted socket is blocking by default, whatever the listener's timeout") {
  Socket server = listener();
  server.settimeout(10s);
  Socket client;
  client.connect(server.getsockname());
  auto [accepted, peer] = server.accept();
  CHECK(accepted.gettimeout() == Timeout());
  CHECK_FALSE(nonblocking(accepted.fileno()));
  CHECK(peer == client.getsockname());
  CHECK(accepted.getpeername() == peer);
  CHECK(accepted.family() == AF_INET);
}

TEST_CASE("dup copies family, type, protocol and timeout") {
  Socket s(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  s.settimeout(7s);
  const Socket d = s.dup();
  CHECK(d.fileno() != s.fileno());
  CHECK(d.family() == AF_INET);
  CHECK(d.type() == SOCK_DGRAM);
  CHECK(d.proto() == IPPROTO_UDP);
  CHECK(d.gettimeout() == Timeout(7s));
}

TEST_CASE("adoption finds out what it is not told, and believes what it is") {
  struct Kind {
    int family, type, proto;
  };
  for (const auto& [family, type, proto] :
       {Kind{AF_INET, SOCK_STREAM, IPPROTO_TCP}, Kind{AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
        Kind{AF_UNIX, SOCK_SEQPACKET, 0}}) {
    Socket original(family, type, proto);
    const Socket found = Socket::from_fd(original.detach());
    CHECK(found.family() == family);
    CHECK(found.type() == type);
    CHECK(found.proto() == proto);
  }
  Socket original;
  const Socket told = Socket::from_fd(original.detach(), AF_UNIX, SOCK_DGRAM, 17);
  CHECK(told.family() == AF_UNIX);
  CHECK(told.type() == SOCK_DGRAM);
  CHECK(told.proto() == 17);
}

TEST_CASE("adoption with SOCK_NONBLOCK in the type is timeout 0, whatever the default") {
  sock::setdefaulttimeout(sock::Timeout(2s));
  Socket original;
  const Socket s = Socket::from_fd(original.detach(), -1, SOCK_STREAM | SOCK_NONBLOCK);
  sock::setdefaulttimeout({});
  CHECK(s.gettimeout().nonblocking());
  CHECK(s.type() == SOCK_STREAM);
}

TEST_CASE("a socket of another type than it was said to be raises no SIGPIPE") {
  auto [a, b] = sock::socketpair();
  Socket wrong = Socket::from_fd(a.detach(), AF_UNIX, SOCK_DGRAM);
  b.close();
  CHECK(error_of([&] { wrong.send("x"); }) == EPIPE);
}

TEST_CASE("an adoption that fails leaves the descriptor open") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const sock::Fd reader(ends[0]), writer(ends[1]);
  CHECK(error_of([&] { (void)Socket::from_fd(reader.get()); }) == ENOTSOCK);
  CHECK(error_of([&] { (void)Socket::from_fd(reader.get(), AF_UNIX, SOCK_STREAM, 0); }) ==
        ENOTSOCK);
  CHECK(::fcntl(reader.get(), F_GETFD) >= 0);
  CHECK(error_of([] { (void)Socket::from_fd(1 << 20); }) == EBADF);
  CHECK_THROWS_WITH_AS((void)Socket::from_fd(-1), "negative file descriptor",
                       std::invalid_argument);
}

TEST_CASE("close works twice, detach leaves the descriptor open, the destructor closes") {
  const std::size_t before = support::open_descriptors();
  Socket s;
  s.close();
  CHECK(s.fileno() == -1);
  s.close();
  CHECK(s.detach() == -1);
  {
    const Socket gone;
    CHECK(support::open_descriptors() == before + 1);
  }
  Socket detached;
  const int fd = detached.detach();
  CHECK(detached.fileno() == -1);
  CHECK(::fcntl(fd, F_GETFD) >= 0);
  sock::close(fd);
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("close reports that somebody else has closed the descriptor") {
  Socket s;
  ::close(s.fileno());
  CHECK(error_of([&] { s.close(); }) == EBADF);
  CHECK(s.fileno() == -1);

  Socket shared;
  { const auto stream = shared.makefile(); }
  ::close(shared.fileno());
  CHECK(error_of([&] { shared.close(); }) == EBADF);
}

TEST_CASE("close after a reset is no error") {
  auto server = listener();
  Socket client;
  client.connect(server.getsockname());
  auto [accepted, peer] = server.accept();
  const linger hard{1, 0};
  accepted.setsockopt(SOL_SOCKET, SO_LINGER, std::as_bytes(std::span(&hard, 1)));
  accepted.close();
  CHECK_NOTHROW(client.close());
}

TEST_CASE("moving hands the descriptor on, and assigning closes the old one") {
  const std::size_t before = support::open_descriptors();
  {
    Socket a;
    a.settimeout(4s);
    const int fd = a.fileno();
    Socket b(std::move(a));
    CHECK(b.fileno() == fd);
    CHECK(b.gettimeout() == Timeout(4s));
    Socket c(AF_INET, SOCK_DGRAM);
    c = std::move(b);
    CHECK(c.fileno() == fd);
    CHECK(c.type() == SOCK_STREAM);
    CHECK(support::open_descriptors() == before + 1);
  }
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("calls on a closed socket are EBADF at once, in every mode") {
  for (const Timeout t : {Timeout(), Timeout(0s), Timeout(60s)}) {
    Socket s = sock::socketpair().first;
    s.settimeout(t);
    s.close();
    std::byte buffer[1];
    CHECK(error_of([&] { (void)s.accept(); }) == EBADF);
    CHECK(error_of([&] { (void)s.recv(1); }) == EBADF);
    CHECK(error_of([&] { (void)s.recvfrom_into(buffer); }) == EBADF);
    CHECK(error_of([&] { (void)s.send("x"); }) == EBADF);
    CHECK(error_of([&] { s.sendall(""); }) == EBADF);
    CHECK(error_of([&] { (void)s.sendto("x", Address::inet("127.0.0.1", 9)); }) == EBADF);
    CHECK(error_of([&] { s.connect(Address::inet("127.0.0.1", 9)); }) == EBADF);
    CHECK(s.connect_ex(Address::inet("127.0.0.1", 9)) == EBADF);
    CHECK(error_of([&] { s.bind(Address::inet("127.0.0.1", 0)); }) == EBADF);
    CHECK(error_of([&] { s.listen(); }) == EBADF);
    CHECK(error_of([&] { s.shutdown(SHUT_WR); }) == EBADF);
    CHECK(error_of([&] { (void)s.getsockname(); }) == EBADF);
    CHECK(error_of([&] { (void)s.getsockopt(SOL_SOCKET, SO_TYPE); }) == EBADF);
    CHECK(error_of([&] { (void)s.dup(); }) == EBADF);
  }
}

TEST_CASE("bind names the address that is in use") {
  const Socket taken = listener();
  Socket s;
  const std::string text = sock::to_string(taken.getsockname());
  CHECK_THROWS_WITH(s.bind(taken.getsockname()),
                    ("bind " + text + ": Address already in use").c_str());
}

TEST_CASE("bind takes a host: empty is the wildcard") {
  Socket s;
  s.bind("", 0);
  CHECK(s.getsockname().host() == "0.0.0.0");
  Socket six(AF_INET6, SOCK_STREAM);
  six.bind("::1", 0);
  CHECK(six.getsockname().host() == "::1");
}

TEST_CASE("a negative backlog counts as 0, and the listener still takes a connection") {
  Socket s;
  s.bind("127.0.0.1", 0);
  s.listen(-5);
  Socket client;
  client.connect(s.getsockname());
  CHECK(s.accept().second == client.getsockname());
}

TEST_CASE("getsockname and getpeername of an unconnected socket") {
  const Socket s;
  CHECK(s.getsockname() == Address::inet("0.0.0.0", 0));
  CHECK(error_of([&] { (void)s.getpeername(); }) == ENOTCONN);
}

TEST_CASE("shutdown ends one direction and leaves the other") {
  auto [a, b] = sock::socketpair();
  a.shutdown(SHUT_WR);
  CHECK(b.recv(10).empty());
  b.sendall("still here");
  CHECK(a.recv(10) == "still here");
  CHECK(error_of([] { Socket().shutdown(SHUT_WR); }) == ENOTCONN);
}

TEST_CASE("options are read and written as an int") {
  Socket s;
  s.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
  CHECK(s.getsockopt(IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK_THROWS_AS(s.setsockopt(SOL_SOCKET, SO_RCVBUF, 1LL << 40), std::out_of_range);
  CHECK(error_of([&] { s.setsockopt(SOL_SOCKET, -1, 1); }) == ENOPROTOOPT);
}

TEST_CASE("options are read as bytes of a length from 1 to 1024, cut to what the system wrote") {
  Socket s;
  const linger given{1, 3};
  s.setsockopt(SOL_SOCKET, SO_LINGER, std::as_bytes(std::span(&given, 1)));
  const std::string got = s.getsockopt(SOL_SOCKET, SO_LINGER, 1024);
  REQUIRE(got.size() == sizeof given);
  CHECK(std::memcmp(got.data(), &given, sizeof given) == 0);
  CHECK(s.getsockopt(SOL_SOCKET, SO_TYPE, 1).size() == 1);
  for (const std::size_t length : {std::size_t{0}, std::size_t{1025}})
    CHECK_THROWS_AS((void)s.getsockopt(SOL_SOCKET, SO_TYPE, length), sock::Error);
}

TEST_CASE("an option may be text, as the name of an interface is") {
  Socket s;
  try {
    s.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, "lo");
  } catch (const sock::Error& e) {
    CHECK(e.code() == std::errc::operation_not_permitted);
    return;
  }
  CHECK(s.getsockopt(SOL_SOCKET, SO_BINDTODEVICE, 16) == std::string("lo\0", 3));
}

TEST_CASE("an option may be a null pointer with a length") {
  Socket s;
  // Refused by this option; what counts is that the kernel saw a null pointer: EFAULT.
  CHECK(error_of([&] { s.setsockopt(SOL_SOCKET, SO_REUSEADDR, nullptr, 4); }) == EFAULT);
}

TEST_CASE("try_accept says whether there is a connection, and never waits") {
  Socket server = listener();
  server.settimeout(0s);
  CHECK_FALSE(server.try_accept().has_value());
  Socket client;
  client.connect(server.getsockname());
  auto got = server.try_accept();
  REQUIRE(got.has_value());
  CHECK(got->second == client.getsockname());
  CHECK_FALSE(server.try_accept().has_value());
  Socket plain;
  plain.settimeout(0s);
  CHECK_THROWS_AS((void)plain.try_accept(), sock::Error);
}
