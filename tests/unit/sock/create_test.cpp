#include "sock/create.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sock/error.hpp"
#include "sock/resolve.hpp"
#include "support/descriptors.hpp"
#include "support/interrupts.hpp"

using namespace std::chrono_literals;
using sock::ConnectOptions;
using sock::ServerOptions;
using sock::Socket;
using sock::Timeout;
using support::open_descriptors;

namespace {

class DefaultTimeout {
 public:
  explicit DefaultTimeout(Timeout t) { sock::setdefaulttimeout(t); }
  ~DefaultTimeout() { sock::setdefaulttimeout({}); }
};

bool descriptor_blocks(const Socket& s) { return (::fcntl(s.fileno(), F_GETFL) & O_NONBLOCK) == 0; }

std::uint16_t port_of(const Socket& s) { return s.getsockname().port(); }

// This machine's loopback addresses, as create_connection tries them.
std::vector<sock::Address> loopback(std::uint16_t port) {
  std::vector<sock::Address> all;
  for (const auto& info :
       sock::getaddrinfo(std::nullopt, std::to_string(port), AF_UNSPEC, SOCK_STREAM))
    all.push_back(info.address);
  return all;
}

// The loopback addresses with a port on which nobody listens.
std::vector<sock::Address> nobody_there() {
  return loopback(port_of(sock::create_server("127.0.0.1", 0)));
}

bool two_families(const std::vector<sock::Address>& addresses) {
  if (addresses.size() == 2 && sock::has_dualstack_ipv6()) return true;
  MESSAGE("skipped: this machine has not both an IPv4 and an IPv6 loopback address");
  return false;
}

// The first loopback address takes no more connections, and leaves an attempt without an answer;
// the second one takes them.
struct FirstHangs {
  FirstHangs() : addresses(loopback(port_of(second))) {
    if (addresses.size() != 2) return;
    if (addresses[1].family() != AF_INET) std::swap(addresses[0], addresses[1]);
    ServerOptions full;
    full.backlog = 0;
    first.emplace(sock::create_server(addresses[0], full));
    for (auto& filler : fillers) {
      filler.emplace(AF_INET6);
      filler->setblocking(false);
      filler->connect_ex(addresses[0]);
    }
  }
  std::string service() const { return std::to_string(port_of(second)); }

  Socket second = sock::create_server("127.0.0.1", 0);
  std::vector<sock::Address> addresses;
  std::optional<Socket> first;
  std::optional<Socket> fillers[3];
};

}  // namespace

TEST_CASE("a socket pair is connected, of AF_UNIX streams by default, and not inherited") {
  auto [a, b] = sock::socketpair();
  CHECK(a.family() == AF_UNIX);
  CHECK(b.type() == SOCK_STREAM);
  CHECK_FALSE(a.get_inheritable());
  CHECK_FALSE(b.get_inheritable());
  CHECK(a.gettimeout() == Timeout());
  b.settimeout(5s);
  a.sendall("over");
  CHECK(b.recv(10) == "over");
}

TEST_CASE("a socket pair has the default timeout, or 0 with SOCK_NONBLOCK in its type") {
  {
    const DefaultTimeout five(5s);
    auto [a, b] = sock::socketpair();
    CHECK(a.gettimeout() == Timeout(5s));
    CHECK(b.gettimeout() == Timeout(5s));
    CHECK_FALSE(descriptor_blocks(a));
    CHECK_FALSE(descriptor_blocks(b));
  }
  auto [a, b] = sock::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
  CHECK(a.gettimeout() == Timeout(0s));
  CHECK(a.type() == SOCK_DGRAM);
  CHECK_THROWS_AS(b.recv(1), sock::BlockingIOError);
}

TEST_CASE("a pair of a family that has none is the system's error") {
  const std::size_t before = open_descriptors();
  try {
    sock::socketpair(AF_INET);
    FAIL("made a pair");
  } catch (const sock::Error& e) {
    CHECK(e.code() == std::errc::operation_not_supported);
    CHECK(e.operation() == "socketpair");
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("fromfd works on a duplicate that is its own") {
  auto [a, b] = sock::socketpair();
  a.settimeout(5s);
  {
    Socket copy = sock::fromfd(a);
    CHECK(copy.fileno() != a.fileno());
    CHECK_FALSE(copy.get_inheritable());
    CHECK(copy.family() == AF_UNIX);
    CHECK(copy.type() == SOCK_STREAM);
    CHECK(copy.gettimeout() == Timeout());  // the descriptor's mode is not the object's
    copy.sendall("x");
  }
  b.settimeout(5s);
  CHECK(b.recv(1) == "x");
  a.sendall("still open");
  CHECK(b.recv(10) == "still open");
}

TEST_CASE("fromfd of what is no socket fails and leaves nothing behind") {
  int fds[2];
  REQUIRE(::pipe2(fds, O_CLOEXEC) == 0);
  const sock::Fd in(fds[0]), out(fds[1]);
  const std::size_t before = open_descriptors();
  CHECK_THROWS_AS(sock::fromfd(in), sock::Error);
  CHECK_THROWS_AS(sock::fromfd(sock::FdRef(-1)), sock::Error);
  CHECK(open_descriptors() == before);
  CHECK(::fcntl(in.get(), F_GETFD) >= 0);
}

TEST_CASE("create_connection connects to a host by name, number, or none") {
  Socket server = sock::create_server("127.0.0.1", 0);
  server.settimeout(5s);
  const std::uint16_t port = port_of(server);
  for (const bool by_service : {false, true}) {
    Socket client = by_service ? sock::create_connection(std::nullopt, std::to_string(port))
                               : sock::create_connection("127.0.0.1", port);
    auto [peer, from] = server.accept();
    CHECK(from == client.getsockname());
    CHECK(client.getpeername() == server.getsockname());
    CHECK(client.gettimeout() == Timeout());
    CHECK(descriptor_blocks(client));
  }
}

TEST_CASE("a port that is none is refused before anything is dialled") {
  CHECK_THROWS_AS((void)sock::create_connection("127.0.0.1", 65536 + 1), std::out_of_range);
  CHECK_THROWS_AS((void)sock::create_connection("127.0.0.1", -1), std::out_of_range);
}

TEST_CASE("a timeout that is given is the socket's, none included; else the default is") {
  Socket server = sock::create_server("127.0.0.1", 0);
  const DefaultTimeout three(3s);
  const auto timeout_with = [&](std::optional<Timeout> timeout) {
    ConnectOptions options;
    options.timeout = timeout;
    return sock::create_connection("127.0.0.1", port_of(server), options).gettimeout();
  };
  CHECK(timeout_with(std::nullopt) == Timeout(3s));
  CHECK(timeout_with(Timeout(7s)) == Timeout(7s));
  CHECK(timeout_with(Timeout()) == Timeout());
}

TEST_CASE("a connection comes from the source address") {
  Socket server = sock::create_server("127.0.0.1", 0);
  server.settimeout(5s);
  ConnectOptions options;
  options.source_address = {"127.0.0.2", 0};
  Socket client = sock::create_connection("127.0.0.1", port_of(server), options);
  CHECK(client.getsockname().host() == "127.0.0.2");
  CHECK(server.accept().second.host() == "127.0.0.2");
}

TEST_CASE("when every attempt failed, the last one's error is thrown") {
  const auto addresses = nobody_there();
  const std::size_t before = open_descriptors();
  try {
    sock::create_connection(std::nullopt, std::to_string(addresses.back().port()));
    FAIL("connected to nobody");
  } catch (const sock::ConnectionRefusedError& e) {
    CHECK(e.operation() == "connect");
    CHECK(e.subject() == to_string(addresses.back()));
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("with all_errors every attempt's failure is thrown, in order") {
  const auto addresses = nobody_there();
  const std::size_t before = open_descriptors();
  ConnectOptions options;
  options.all_errors = true;
  try {
    sock::create_connection(std::nullopt, std::to_string(addresses.back().port()), options);
    FAIL("connected to nobody");
  } catch (const sock::ErrorGroup& group) {
    CHECK(std::string(group.what()).find("create_connection failed") != std::string::npos);
    REQUIRE(group.errors().size() == addresses.size());
    for (std::size_t i = 0; i < addresses.size(); ++i)
      if (group.errors()[i].operation() == "connect")  // socket(2), without IPv6
        CHECK(group.errors()[i].subject() == to_string(addresses[i]));
    CHECK(group.errors().back().code() == std::errc::connection_refused);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("an attempt that fails is followed by the next address") {
  Socket server = sock::create_server("127.0.0.1", 0);
  auto addresses = loopback(port_of(server));
  if (!two_families(addresses)) return;
  if (addresses.back().family() != AF_INET) {
    server = sock::create_server("::1", 0, {.family = AF_INET6});
    addresses = loopback(port_of(server));
  }
  const std::size_t before = open_descriptors();
  {
    const Socket client = sock::create_connection(std::nullopt, std::to_string(port_of(server)));
    CHECK(client.getpeername() == addresses.back());
    CHECK(open_descriptors() == before + 1);
  }
}

TEST_CASE("a source address of another family fails only that attempt") {
  Socket server = sock::create_server("127.0.0.1", 0);
  if (!two_families(loopback(port_of(server)))) return;
  ConnectOptions options;
  options.source_address = {"127.0.0.1", 0};
  CHECK(sock::create_connection(std::nullopt, std::to_string(port_of(server)), options)
            .getsockname()
            .host() == "127.0.0.1");
}

TEST_CASE("a service that is unknown is gaierror") {
  CHECK_THROWS_AS(sock::create_connection(std::nullopt, "no-such-service"), sock::gaierror);
}

TEST_CASE("the timeout is that of each attempt") {
  const FirstHangs there;
  if (!two_families(there.addresses)) return;
  if (loopback(1).front().family() != AF_INET6) {
    MESSAGE("skipped: IPv4 is tried first here");
    return;
  }
  ConnectOptions options;
  options.timeout = 100ms;
  const auto start = std::chrono::steady_clock::now();
  const Socket client = sock::create_connection(std::nullopt, there.service(), options);
  CHECK(client.getpeername().family() == AF_INET);
  CHECK(std::chrono::steady_clock::now() - start >= 100ms);
}

TEST_CASE("an interrupt handler that says stop ends the call, not only the attempt") {
  const FirstHangs there;
  if (!two_families(there.addresses)) return;
  if (loopback(1).front().family() != AF_INET6) {
    MESSAGE("skipped: IPv4 is tried first here");
    return;
  }
  const auto handler = sock::set_interrupt_handler([]() noexcept { return false; });
  const support::Interrupts interrupts(20ms);
  ConnectOptions options;
  options.timeout = 10s;
  CHECK_THROWS_AS(sock::create_connection(std::nullopt, there.service(), options),
                  sock::InterruptedError);
  sock::set_interrupt_handler(handler);
}

TEST_CASE("a server listens with SO_REUSEADDR and without SO_REUSEPORT") {
  const Socket server = sock::create_server("127.0.0.1", 0);
  CHECK(server.family() == AF_INET);
  CHECK(server.type() == SOCK_STREAM);
  CHECK(server.getsockopt(SOL_SOCKET, SO_ACCEPTCONN) == 1);
  CHECK(server.getsockopt(SOL_SOCKET, SO_REUSEADDR) == 1);
  CHECK(server.getsockopt(SOL_SOCKET, SO_REUSEPORT) == 0);
  CHECK_FALSE(server.get_inheritable());
  CHECK(server.getsockname().host() == "127.0.0.1");
}

TEST_CASE("with reuse_port several servers share a port") {
  ServerOptions options;
  options.reuse_port = true;
  const Socket one = sock::create_server("127.0.0.1", 0, options);
  CHECK(one.getsockopt(SOL_SOCKET, SO_REUSEPORT) == 1);
  const Socket two = sock::create_server("127.0.0.1", port_of(one), options);
  CHECK(port_of(two) == port_of(one));
}

TEST_CASE("the backlog is the one given") {
  ServerOptions options;
  options.backlog = 7;
  const Socket server = sock::create_server("127.0.0.1", 0, options);
  tcp_info info{};
  socklen_t size = sizeof info;
  REQUIRE(::getsockopt(server.fileno(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
  CHECK(info.tcpi_sacked == 7);  // a listening socket's backlog
}

TEST_CASE("no host is the wildcard address, and a name is looked up") {
  CHECK(sock::create_server("", 0).getsockname().host() == "0.0.0.0");
  CHECK(sock::create_server("localhost", 0).getsockname().host() == "127.0.0.1");
}

TEST_CASE("an IPv6 server takes IPv6 only, a dual-stack one IPv4 as well") {
  if (!sock::has_dualstack_ipv6()) {
    MESSAGE("skipped: no IPv6 here");
    return;
  }
  const Socket only = sock::create_server("::", 0, {.family = AF_INET6});
  CHECK(only.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY) == 1);
  CHECK_THROWS_AS(sock::create_connection("127.0.0.1", port_of(only)),
                  sock::ConnectionRefusedError);
  ServerOptions options;
  options.family = AF_INET6;
  options.dualstack_ipv6 = true;
  Socket both = sock::create_server("::", 0, options);
  both.settimeout(5s);
  CHECK(both.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY) == 0);
  const Socket four = sock::create_connection("127.0.0.1", port_of(both));
  CHECK(both.accept().second.host() == "::ffff:127.0.0.1");
  const Socket six = sock::create_connection("::1", port_of(both));
  CHECK(both.accept().second.host() == "::1");
}

TEST_CASE("dual-stack is refused for any other family") {
  ServerOptions options;
  options.dualstack_ipv6 = true;
  CHECK_THROWS_AS(sock::create_server("127.0.0.1", 0, options), std::invalid_argument);
  CHECK_THROWS_AS(sock::create_server(sock::Address::inet("127.0.0.1", 0), options),
                  std::invalid_argument);
}

TEST_CASE("an address in use is named in bind's error, and the socket is closed") {
  const Socket first = sock::create_server("127.0.0.1", 0);
  const std::string address = "127.0.0.1:" + std::to_string(port_of(first));
  const std::size_t before = open_descriptors();
  try {
    sock::create_server("127.0.0.1", port_of(first));
    FAIL("two servers on one port");
  } catch (const sock::Error& e) {
    CHECK(e.code() == std::errc::address_in_use);
    CHECK(std::string(e.what()) == "bind " + address + ": Address already in use");
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("a server is made at any address that can listen") {
  Socket server = sock::create_server(sock::Address::unix_(""));
  server.settimeout(5s);
  Socket client(AF_UNIX);
  client.connect(server.getsockname());
  server.accept().first.sendall("welcome");
  client.settimeout(5s);
  CHECK(client.recv(20) == "welcome");
}

TEST_CASE("dual-stack support is that of the system, and asking leaves nothing open") {
  const std::size_t before = open_descriptors();
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int off = 0;
  const bool expected =
      fd >= 0 && ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0;
  if (fd >= 0) ::close(fd);
  CHECK(sock::has_dualstack_ipv6() == expected);
  CHECK(open_descriptors() == before);
}
