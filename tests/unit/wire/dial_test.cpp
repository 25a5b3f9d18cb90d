#include "wire/dial.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "recorder.hpp"
#include "sock/create.hpp"
#include "support/descriptors.hpp"
#include "support/sockets.hpp"
#include "support/temp.hpp"

using namespace sock;
using namespace sock::wire;
using namespace std::chrono_literals;

namespace {

using support::has_ipv6;
using support::server;
using Lines = std::vector<std::string>;

std::string port_of(const Socket& s) { return std::to_string(s.getsockname().port()); }

// A port of both families that nobody listens on: bound, and held.
struct RefusedPort {
  Socket v4{AF_INET};
  Socket v6{AF_INET6};
  std::string port;

  RefusedPort() {
    v6.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    for (;;) {
      v4 = Socket(AF_INET);
      v4.bind(Address::inet("127.0.0.1", 0));
      port = port_of(v4);
      try {
        v6.bind(Address::inet6("::1", v4.getsockname().port()));
        return;
      } catch (const Error& e) {
        if (e.code() != std::errc::address_in_use) throw;
      }
    }
  }
};

// A port of 127.0.0.1 that was free a moment ago.
std::string free_port() {
  Socket s(AF_INET);
  s.bind(Address::inet("127.0.0.1", 0));
  return port_of(s);
}

DialPlan to(const std::string& target, Timeout timeout = 20s) {
  DialPlan plan;
  plan.target = parse_endpoint(target);
  plan.timeout = timeout;
  return plan;
}

DialPlan from(const std::string& source, const std::string& target) {
  DialPlan plan = to(target);
  plan.source = parse_source(source);
  return plan;
}

Dialed dial(const DialPlan& plan) {
  io::Observer nobody;
  return wire::dial(plan, nobody);
}

// A TCP listener that never accepts and whose queue is full: the system drops what comes.
struct FullListener {
  Socket listener{AF_INET};
  std::vector<Socket> queued;

  FullListener() {
    listener.bind(Address::inet("127.0.0.1", 0));
    listener.listen(0);
    for (int i = 0; i < 4; ++i) {
      queued.emplace_back(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
      (void)queued.back().connect_ex(listener.getsockname());
    }
  }
};

}  // namespace

TEST_CASE("a connection comes back blocking, named and told of") {
  Socket listener = server();
  const std::string name = "127.0.0.1:" + port_of(listener);
  for (const Timeout limit : {Timeout(), Timeout(20s)}) {
    Recorder seen;
    Dialed dialed = wire::dial(to(name, limit), seen);
    CHECK(dialed.name == name);
    CHECK(dialed.peer == listener.getsockname());
    CHECK(dialed.socket.gettimeout().blocking());
    CHECK((::fcntl(dialed.socket.fileno(), F_GETFL) & O_NONBLOCK) == 0);
    CHECK_FALSE(dialed.socket.get_inheritable());
    CHECK(seen.lines == Lines{"attempt " + name, "connected " + name});
    Socket accepted = listener.accept().first;
    dialed.socket.sendall("x");
    CHECK(accepted.recv(1) == "x");
  }
}

TEST_CASE("the first address that connects wins") {
  if (!has_ipv6()) return;
  RefusedPort taken;
  taken.v4.listen();
  Recorder seen;
  const Dialed dialed = wire::dial(to(":" + taken.port), seen);
  const std::string v6 = "[::1]:" + taken.port, v4 = "127.0.0.1:" + taken.port;
  CHECK(dialed.name == v4);
  CHECK(seen.lines == Lines{"attempt " + v6, "failed " + v6 + ": Connection refused",
                            "attempt " + v4, "connected " + v4});
}

TEST_CASE("when every address fails all failures are told, in order") {
  if (!has_ipv6()) return;
  const RefusedPort refused;
  const std::string v6 = "[::1]:" + refused.port, v4 = "127.0.0.1:" + refused.port;
  const std::size_t before = support::open_descriptors();
  try {
    (void)dial(to(":" + refused.port));
    FAIL("connected to a port that nobody listens on");
  } catch (const ErrorGroup& group) {
    CHECK(std::string(group.what()) == "connect *:" + refused.port + ": connect " + v6 +
                                           ": Connection refused; connect " + v4 +
                                           ": Connection refused");
    REQUIRE(group.errors().size() == 2);
    CHECK(group.errors()[0].subject() == v6);
    CHECK(group.errors()[1].subject() == v4);
  }
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("a single failure is thrown as what it is") {
  const RefusedPort refused;
  try {
    (void)dial(to("127.0.0.1:" + refused.port));
    FAIL("connected to a port that nobody listens on");
  } catch (const ConnectionRefusedError& e) {
    CHECK(std::string(e.what()) == "connect 127.0.0.1:" + refused.port + ": Connection refused");
  }
  const support::TempDir dir;
  try {
    (void)dial(to("unix:" + (dir / "absent").string()));
    FAIL("connected to a file that is not there");
  } catch (const Error& e) {
    CHECK(e.code() == std::errc::no_such_file_or_directory);
    CHECK(e.subject() == "unix:" + (dir / "absent").string());
  }
}

TEST_CASE("the time limit ends an attempt, and the error names the target") {
  const FullListener full;
  const std::string name = "127.0.0.1:" + port_of(full.listener);
  const auto start = std::chrono::steady_clock::now();
  Recorder seen;
  try {
    (void)wire::dial(to(name, 60ms), seen);
    FAIL("connected to a listener whose queue is full");
  } catch (const TimeoutError& e) {
    CHECK(e.code() == Errc::timed_out);
    CHECK(e.operation() == "connect");
    CHECK(e.subject() == name);
  }
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= 60ms);
  CHECK(took < 10s);
  CHECK(seen.lines == Lines{"attempt " + name, "failed " + name + ": timed out"});
}

TEST_CASE("when the time is up no further address is tried") {
  if (!has_ipv6()) return;
  RefusedPort both;
  both.v6.listen(0);
  both.v4.listen();
  std::vector<Socket> queued;
  for (int i = 0; i < 4; ++i) {
    queued.emplace_back(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK);
    (void)queued.back().connect_ex(both.v6.getsockname());
  }
  Recorder seen;
  CHECK_THROWS_AS((void)wire::dial(to(":" + both.port, 60ms), seen), TimeoutError);
  CHECK(seen.lines ==
        Lines{"attempt [::1]:" + both.port, "failed [::1]:" + both.port + ": timed out"});
}

TEST_CASE("a Unix listener with a full queue is waited for until the limit") {
  Socket listener = server(Address::unix_(""));
  listener.listen(0);
  const std::string name = to_string(listener.getsockname());
  const Dialed first = dial(to(name));
  const auto start = std::chrono::steady_clock::now();
  try {
    (void)dial(to(name, 60ms));
    FAIL("connected to a listener whose queue is full");
  } catch (const TimeoutError& e) {
    CHECK(e.subject() == name);
  }
  CHECK(std::chrono::steady_clock::now() - start >= 60ms);

  std::thread accepting([&] { (void)listener.accept(); });
  const Dialed second = dial(to(name));
  accepting.join();
  timeval left{};
  const std::string bytes = second.socket.getsockopt(SOL_SOCKET, SO_SNDTIMEO, sizeof left);
  std::memcpy(&left, bytes.data(), sizeof left);
  CHECK(left.tv_sec == 0);
  CHECK(left.tv_usec == 0);
}

TEST_CASE("a process's default timeout neither shortens an attempt nor stays with the socket") {
  Socket listener = server();
  setdefaulttimeout(1ns);
  Dialed dialed = dial(to("127.0.0.1:" + port_of(listener), Timeout()));
  setdefaulttimeout({});
  CHECK(dialed.socket.gettimeout().blocking());
}

TEST_CASE("a source is bound to before connecting") {
  Socket listener = server();
  const std::string target = "127.0.0.1:" + port_of(listener);
  SUBCASE("an address, the port left to the system") {
    const Dialed dialed = dial(from("127.0.0.2", target));
    CHECK(listener.accept().second.host() == "127.0.0.2");
  }
  SUBCASE("a port alone") {
    const std::string port = free_port();
    const Dialed dialed = dial(from(port, target));
    CHECK(to_string(listener.accept().second) == "127.0.0.1:" + port);
  }
  SUBCASE("the first free port of a range") {
    Socket taken(AF_INET);
    taken.bind(Address::inet("127.0.0.1", 0));
    const std::string port = port_of(taken);
    DialPlan plan = from("127.0.0.1:" + port, target);
    plan.last_source_port = taken.getsockname().port();
    CHECK_THROWS_WITH_AS(
        (void)dial(plan),
        ("bind 127.0.0.1:" + port + "-" + port + ": Address already in use").c_str(), Error);
    plan.last_source_port = 65535;
    CHECK(dial(plan).socket.getsockname().port() > taken.getsockname().port());
  }
  SUBCASE("both, for datagrams") {
    Socket receiver = server(Address::inet("127.0.0.1", 0), SOCK_DGRAM);
    Dialed dialed = dial(from("127.0.0.3:0", "udp:127.0.0.1:" + port_of(receiver)));
    dialed.socket.send("x");
    CHECK(receiver.recvfrom(1).second.host() == "127.0.0.3");
  }
}

TEST_CASE("a source port is used again while its last connection is in TIME_WAIT") {
  Socket one = server(), two = server();
  const std::string source = free_port();
  Dialed first = dial(from("127.0.0.1:" + source, "127.0.0.1:" + port_of(one)));
  Socket accepted = one.accept().first;
  // Who closes first keeps the port.
  first.socket.shutdown(SHUT_WR);
  CHECK(accepted.recv(1).empty());
  accepted.close();
  CHECK(first.socket.recv(1).empty());
  first.socket.close();
  const Dialed again = dial(from("127.0.0.1:" + source, "127.0.0.1:" + port_of(two)));
  CHECK(port_of(again.socket) == source);
}

TEST_CASE("only addresses that the source can reach are tried") {
  const RefusedPort refused;
  Recorder seen;
  CHECK_THROWS_AS((void)wire::dial(from("127.0.0.1", ":" + refused.port), seen),
                  ConnectionRefusedError);
  REQUIRE_FALSE(seen.lines.empty());
  CHECK(seen.lines[0] == "attempt 127.0.0.1:" + refused.port);

  CHECK_THROWS_WITH_AS((void)dial(from("127.0.0.1", "[::1]:80")),
                       "no address of [::1]:80 is of the family of the source 127.0.0.1:0",
                       UsageError);
  CHECK_THROWS_WITH_AS((void)dial(from("/x", "[::1]:80")),
                       "the source unix:/x is of another kind than the target [::1]:80",
                       UsageError);
  CHECK_THROWS_AS((void)dial(from("udp:5", "127.0.0.1:80")), UsageError);
  CHECK_THROWS_AS((void)dial(from("can:lo", "can:lo")), UsageError);
  CHECK_THROWS_AS((void)dial(from("fd:0", "fd:0")), UsageError);
}

TEST_CASE("a source that cannot be bound is an error about the source") {
  const RefusedPort taken;
  Socket listener = server();
  try {
    (void)dial(from("127.0.0.1:" + taken.port, "127.0.0.1:" + port_of(listener)));
    FAIL("bound to a port that is taken");
  } catch (const Error& e) {
    CHECK(e.operation() == "bind");
    CHECK(e.code() == std::errc::address_in_use);
    CHECK(e.subject() == "127.0.0.1:" + taken.port);
  }
}

TEST_CASE("a datagram socket is connected, so that errors come back") {
  const RefusedPort refused;
  Socket udp(AF_INET, SOCK_DGRAM);
  udp.bind(Address::inet("127.0.0.1", 0));
  const std::string name = "udp:127.0.0.1:" + port_of(udp);
  udp.close();
  Dialed dialed = dial(to(name));
  CHECK(dialed.name == name);
  dialed.socket.settimeout(20s);
  dialed.socket.send("x");
  CHECK_THROWS_AS((void)dialed.socket.recv(1), ConnectionRefusedError);
}

TEST_CASE("a Unix datagram socket can be answered") {
  const support::TempDir dir;
  const std::string path = dir / "server", own = dir / "own";
  Socket receiver = server(Address::unix_(path), SOCK_DGRAM);
  DialPlan plan = to("unix:" + path);
  plan.choice.udp = true;
  {
    SUBCASE("by an automatic name") {}
    SUBCASE("by the name of its source, whose file goes with it") {
      (void)server(Address::unix_(own));  // a dead one is in the way
      plan.source = parse_source("unix:" + own);
    }
    Dialed dialed = dial(plan);
    dialed.socket.settimeout(20s);
    dialed.socket.send("ping");
    const auto [ping, client] = receiver.recvfrom(10);
    CHECK(ping == "ping");
    if (plan.source) CHECK(client.path() == own);
    receiver.sendto("pong", client);
    CHECK(dialed.socket.recv(10) == "pong");
  }
  CHECK_FALSE(std::filesystem::exists(own));
}

TEST_CASE("options are set before connecting, and one that fails is named") {
  Socket listener = server();
  DialPlan plan = to("127.0.0.1:" + port_of(listener));
  // A maximum segment size is agreed on while connecting.
  const int small = 600;
  plan.options = {
      {SOL_SOCKET, SO_PRIORITY, std::string("\3\0\0\0", 4), "SO_PRIORITY=3"},
      {IPPROTO_TCP, TCP_MAXSEG, std::string(reinterpret_cast<const char*>(&small), sizeof small),
       "TCP_MAXSEG=600"}};
  const Dialed dialed = dial(plan);
  CHECK(dialed.socket.getsockopt(SOL_SOCKET, SO_PRIORITY) == 3);
  CHECK(listener.accept().first.getsockopt(IPPROTO_TCP, TCP_MAXSEG) <= 600);

  plan.options = {{IPPROTO_TCP, 9999, std::string(4, '\0'), "TCP_NONSENSE=0"}};
  try {
    (void)dial(plan);
    FAIL("an option that does not exist was set");
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "set option TCP_NONSENSE=0: Protocol not available");
  }
}

TEST_CASE("an inherited socket is adopted as it is") {
  io::Observer nobody;
  SUBCASE("connected by address") {
    Socket listener = server();
    Socket client(AF_INET);
    client.connect(listener.getsockname());
    client.set_inheritable(true);
    client.setblocking(false);
    const int fd = client.detach();
    const Dialed dialed = dial(to("fd:" + std::to_string(fd)));
    CHECK(dialed.socket.fileno() == fd);
    CHECK(dialed.name == "127.0.0.1:" + port_of(listener));
    CHECK(dialed.peer == listener.getsockname());
    CHECK_FALSE(dialed.socket.get_inheritable());
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
  }
  SUBCASE("one of a pair") {
    auto [ours, theirs] = socketpair();
    const int fd = ours.detach();
    const Dialed dialed = dial(to("fd:" + std::to_string(fd)));
    CHECK(dialed.name == "fd:" + std::to_string(fd));
  }
  SUBCASE("one that listens cannot be connected") {
    Socket listener = server();
    const std::string text = "fd:" + std::to_string(listener.detach());
    CHECK_THROWS_WITH_AS((void)dial(to(text)),
                         ("connect " + text + " (a socket that listens): Invalid argument").c_str(),
                         Error);
  }
  SUBCASE("what is no socket") {
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const std::string text = "fd:" + std::to_string(null.get());
    try {
      (void)dial(to(text));
      FAIL("/dev/null was taken for a socket");
    } catch (const Error& e) {
      CHECK(e.code() == std::errc::not_a_socket);
      CHECK(e.subject() == text);
    }
    CHECK(::fcntl(null.get(), F_GETFD) >= 0);
  }
}

TEST_CASE("a packet socket is bound to its interface") {
  try {
    const Dialed dialed = dial(to("packet:lo:0x0800"));
    CHECK(dialed.socket.getsockname().packet().interface == "lo");
    CHECK(dialed.name == "packet:lo:0x0800");
  } catch (const Error& e) {
    const bool forbidden = e.code() == std::errc::operation_not_permitted;
    CHECK(forbidden);
    MESSAGE("skipped: " << e.what());
  }
}
