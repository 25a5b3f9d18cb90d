#include "wire/listener.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
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
using Lines = std::vector<std::string>;

ListenPlan on(const std::string& address) {
  ListenPlan plan;
  plan.address = parse_endpoint(address);
  plan.timeout = 20s;
  return plan;
}

Listener listen(const ListenPlan& plan) {
  io::Observer nobody;
  return Listener(plan, nobody);
}

std::string port_of(const Socket& s) { return std::to_string(s.getsockname().port()); }

std::error_code failure(const ListenPlan& plan, std::string_view subject) {
  try {
    (void)listen(plan);
    return {};
  } catch (const Error& e) {
    CHECK(e.subject() == subject);
    return e.code();
  }
}

Socket connected(const Address& address) {
  Socket client(address.family());
  client.settimeout(20s);
  client.connect(address);
  return client;
}

}  // namespace

TEST_CASE("every address of this machine is one port in both families") {
  if (!has_ipv6()) return;
  Recorder seen;
  Listener listener(on(":0"), seen);
  REQUIRE(listener.sockets().size() == 2);
  const std::string port = port_of(listener.sockets()[0]);
  CHECK(port != "0");
  CHECK(listener.names() == Lines{"[::]:" + port, "0.0.0.0:" + port});
  CHECK(seen.lines == Lines{"listening [::]:" + port, "listening 0.0.0.0:" + port});
  CHECK(listener.every_address());
  CHECK_FALSE(listener.datagrams());

  for (Socket& s : listener.sockets()) {
    CHECK(s.gettimeout().nonblocking());
    CHECK_FALSE(s.get_inheritable());
    CHECK_FALSE(s.try_accept().has_value());
  }
  const std::uint16_t number = listener.sockets()[0].getsockname().port();
  const Socket v6 = connected(Address::inet6("::1", number));
  const Socket v4 = connected(Address::inet("127.0.0.1", number));
  CHECK(listener.sockets()[0].try_accept()->second == v6.getsockname());
  CHECK(listener.sockets()[1].try_accept()->second == v4.getsockname());
}

namespace {

// In a network of its own with eight ports to choose from, of which two are taken in IPv4.
// 0: every listener found a port of both families; 77: this system does not let us.
int choose_among_few_ports() {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWNET) != 0) return 77;
  std::ofstream range("/proc/sys/net/ipv4/ip_local_port_range");
  if (!(range << "50000 50007" << std::flush)) return 77;
  std::vector<Socket> taken;
  for (const int port : {50001, 50004}) {
    taken.emplace_back(AF_INET);
    taken.back().bind(Address::inet("0.0.0.0", static_cast<std::uint16_t>(port)));
    taken.back().listen();
  }
  for (int i = 0; i < 40; ++i) {
    Listener listener = listen(on(":0"));
    if (listener.sockets().size() != 2) return 1;
    if (port_of(listener.sockets()[0]) != port_of(listener.sockets()[1])) return 2;
  }
  return 0;
}

}  // namespace

TEST_CASE("a port that is taken in the other family is not the one that is chosen") {
  if (!has_ipv6()) return;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int code = 3;
    try {
      code = choose_among_few_ports();
    } catch (...) {
    }
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    MESSAGE("skipped: this system gives no network of one's own");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("one address is listened on alone") {
  const Listener listener = listen(on("127.0.0.1:0"));
  REQUIRE(listener.names().size() == 1);
  CHECK(listener.names()[0].starts_with("127.0.0.1:"));
  CHECK_FALSE(listener.names()[0].ends_with(":0"));
  CHECK_FALSE(listener.every_address());

  ListenPlan plan = on(":0");
  plan.choice.family = AF_INET;
  const Listener v4 = listen(plan);
  REQUIRE(v4.names().size() == 1);
  CHECK(v4.names()[0].starts_with("0.0.0.0:"));
  CHECK(v4.every_address());
}

TEST_CASE("each address of a name is listened on, on one port") {
  Listener listener = listen(on("localhost:0"));
  std::set<std::string> ports;
  for (const Socket& s : listener.sockets()) {
    ports.insert(port_of(s));
    const std::string host = s.getsockname().host();
    CHECK((host == "127.0.0.1" || host == "::1"));
  }
  CHECK(ports.size() == 1);
}

TEST_CASE("dualstack is one IPv6 socket that takes IPv4 as well") {
  if (!has_ipv6() || !has_dualstack_ipv6()) return;
  ListenPlan plan = on(":0");
  plan.dualstack = true;
  Listener listener = listen(plan);
  REQUIRE(listener.sockets().size() == 1);
  const Address bound = listener.sockets()[0].getsockname();
  CHECK(listener.names()[0] == "[::]:" + std::to_string(bound.port()));
  const Socket client = connected(Address::inet("127.0.0.1", bound.port()));
  CHECK(listener.sockets()[0].try_accept()->second.host() == "::ffff:127.0.0.1");

  ListenPlan v4 = on("127.0.0.1:0");
  v4.dualstack = true;
  CHECK_THROWS_AS((void)listen(v4), UsageError);
}

TEST_CASE("a port that is taken is an error about its address, and nothing is left open") {
  const Listener first = listen(on("127.0.0.1:0"));
  const std::size_t before = support::open_descriptors();
  CHECK(failure(on(first.names()[0]), first.names()[0]) == std::errc::address_in_use);
  // The first of the two families had been bound by then.
  const std::string port = first.names()[0].substr(first.names()[0].rfind(':'));
  CHECK(failure(on(port), "0.0.0.0" + port) == std::errc::address_in_use);
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("a port is taken again while its last connection is in TIME_WAIT") {
  std::string name;
  {
    Listener listener = listen(on("127.0.0.1:0"));
    name = listener.names()[0];
    Socket client = connected(listener.sockets()[0].getsockname());
    Socket accepted = std::move(listener.sockets()[0].try_accept()->first);
    accepted.shutdown(SHUT_WR);
    CHECK(client.recv(1).empty());
    client.close();
    CHECK(accepted.recv(1).empty());
  }
  CHECK(listen(on(name)).names()[0] == name);
}

TEST_CASE("datagram sockets are bound, and keep their port for themselves") {
  ListenPlan plan = on("udp:127.0.0.1:0");
  Listener listener = listen(plan);
  CHECK(listener.datagrams());
  const std::string name = listener.names()[0];
  CHECK(name == "udp:127.0.0.1:" + port_of(listener.sockets()[0]));
  CHECK(failure(on(name), name) == std::errc::address_in_use);

  Socket sender(AF_INET, SOCK_DGRAM);
  sender.sendto("x", listener.sockets()[0].getsockname());
  CHECK(listener.sockets()[0].recv(1) == "x");
}

TEST_CASE("a port is shared where that is asked for") {
  for (const char* address : {"127.0.0.1:0", "udp:127.0.0.1:0"}) {
    ListenPlan plan = on(address);
    plan.reuse_port = true;
    const Listener first = listen(plan);
    plan.address = parse_endpoint(first.names()[0]);
    CHECK(listen(plan).names() == first.names());
  }
}

TEST_CASE("options are set before bind, after our own, and the backlog is the plan's") {
  ListenPlan plan = on("203.0.113.1:0");
  const std::string one("\1\0\0\0", 4), zero(4, '\0');
  plan.options = {{IPPROTO_IP, IP_FREEBIND, one, "IP_FREEBIND=1"},
                  {SOL_SOCKET, SO_REUSEADDR, zero, "SO_REUSEADDR=0"}};
  plan.backlog = 7;
  Listener listener = listen(plan);
  const Socket& s = listener.sockets()[0];
  CHECK(s.getsockname().host() == "203.0.113.1");
  CHECK(s.getsockopt(SOL_SOCKET, SO_REUSEADDR) == 0);
  // tcp(7): of a listening socket this is the limit of its queue.
  tcp_info info{};
  const std::string bytes = s.getsockopt(IPPROTO_TCP, TCP_INFO, sizeof info);
  std::memcpy(&info, bytes.data(), bytes.size());
  CHECK(info.tcpi_sacked == 7);

  plan.options = {{SOL_SOCKET, 9999, one, "SO_NONSENSE=1"}};
  CHECK(failure(plan, "SO_NONSENSE=1") == std::errc::no_protocol_option);
}

TEST_CASE("a dead socket file is replaced, a live one and a regular file never") {
  const support::TempDir dir;
  const std::string path = dir / "s", file = dir / "file";
  const std::string name = "unix:" + path;
  { Socket(AF_UNIX).bind(Address::unix_(path)); }
  {
    Listener listener = listen(on(path));
    CHECK(listener.names() == Lines{name});
    const Socket client = connected(Address::unix_(path));
    CHECK(listener.sockets()[0].try_accept().has_value());

    CHECK(failure(on(path), name) == std::errc::address_in_use);
    CHECK_FALSE(listener.sockets()[0].try_accept().has_value());
    (void)connected(Address::unix_(path));
  }
  CHECK_FALSE(std::filesystem::exists(path));

  support::write_file(file, "precious");
  CHECK(failure(on(file), "unix:" + file) == std::errc::address_in_use);
  CHECK(support::read_file(file) == "precious");
}

TEST_CASE("the listener's own file is removed, unless another has taken its place") {
  const support::TempDir dir;
  const std::string path = dir / "s", moved = dir / "moved";
  {
    const Listener first = listen(on(path));
    std::filesystem::rename(path, moved);
    const Listener second = listen(on(path));
    const Listener third = [&] {
      Listener temporary = listen(on((dir / "third").string()));
      return temporary;
    }();
    CHECK(std::filesystem::exists(dir / "third"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_FALSE(std::filesystem::exists(dir / "third"));
  CHECK(std::filesystem::exists(moved));
}

TEST_CASE("a socket file has the mode that is asked for, whatever the umask") {
  const support::TempDir dir;
  const mode_t umask_before = ::umask(0077);
  for (const mode_t mode : {mode_t{0660}, mode_t{0777}, mode_t{0600}}) {
    ListenPlan plan = on((dir / "s").string());
    plan.mode = mode;
    const Listener listener = listen(plan);
    struct stat file {};
    REQUIRE(::stat((dir / "s").c_str(), &file) == 0);
    CHECK((file.st_mode & 07777) == mode);
  }
  ::umask(umask_before);
  ListenPlan plan = on("127.0.0.1:0");
  plan.mode = 0600;
  CHECK_THROWS_AS((void)listen(plan), UsageError);
}

TEST_CASE("Unix sockets of each type, abstract and named by the system") {
  ListenPlan plan = on("unix:");
  const Listener automatic = listen(plan);
  CHECK(automatic.names()[0].starts_with("unix:@"));
  plan.choice.type = SOCK_SEQPACKET;
  CHECK_FALSE(listen(plan).datagrams());
  plan.choice.type = SOCK_DGRAM;
  CHECK(listen(plan).datagrams());
  CHECK(failure(on(automatic.names()[0]), automatic.names()[0]) == std::errc::address_in_use);
}

TEST_CASE("an inherited socket is adopted when it listens or takes datagrams") {
  SUBCASE("a listening stream") {
    Socket s(AF_INET);
    s.bind(Address::inet("127.0.0.1", 0));
    s.listen();
    s.set_inheritable(true);
    const std::string name = "127.0.0.1:" + port_of(s);
    Listener listener = listen(on("fd:" + std::to_string(s.detach())));
    CHECK(listener.names() == Lines{name});
    CHECK(listener.sockets()[0].gettimeout().nonblocking());
    CHECK_FALSE(listener.sockets()[0].get_inheritable());
  }
  SUBCASE("a datagram socket") {
    Socket s(AF_INET, SOCK_DGRAM);
    s.bind(Address::inet("0.0.0.0", 0));
    const std::string name = "udp:0.0.0.0:" + port_of(s);
    const Listener listener = listen(on("fd:" + std::to_string(s.detach())));
    CHECK(listener.names() == Lines{name});
    CHECK(listener.datagrams());
    CHECK(listener.every_address());
  }
  SUBCASE("a Unix socket's file is not ours to remove") {
    const support::TempDir dir;
    Socket s(AF_UNIX);
    s.bind(Address::unix_((dir / "s").string()));
    s.listen();
    { const Listener listener = listen(on("fd:" + std::to_string(s.detach()))); }
    CHECK(std::filesystem::exists(dir / "s"));
  }
  SUBCASE("a stream that does not listen") {
    const std::string text = "fd:" + std::to_string(Socket(AF_INET).detach());
    CHECK_THROWS_WITH_AS(
        (void)listen(on(text)),
        ("listen " + text + " (a socket that does not listen): Invalid argument").c_str(), Error);
  }
  SUBCASE("what is no socket") {
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const std::string text = "fd:" + std::to_string(null.get());
    CHECK(failure(on(text), text) == std::errc::not_a_socket);
  }
}

TEST_CASE("a vsock listener tells the port that the system chose") {
  try {
    const Listener listener = listen(on("vsock:any:any"));
    CHECK(listener.names()[0].starts_with("vsock:any:"));
    CHECK(std::get<VsockEndpoint>(parse_endpoint(listener.names()[0])).port != UINT32_MAX);
  } catch (const Error& e) {
    REQUIRE(e.code() == std::errc::address_family_not_supported);
    MESSAGE("skipped: " << e.what());
  }
}
