#include "serve/proxy.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include <doctest/doctest.h>

#include "support/sockets.hpp"
#include "unit/serve/served.hpp"

namespace {

using namespace served;
using namespace std::string_literals;
using sock::serve::Proxy;
using sock::serve::ProxyOptions;
using sock::serve::ProxyProtocol;
using support::read_exactly;
using Told = std::vector<std::string>;

sock::Socket target() {
  sock::Socket listener = sock::create_server("127.0.0.1", 0);
  listener.settimeout(10s);
  return listener;
}

sock::Socket accept(sock::Socket& listener) {
  sock::Socket socket = listener.accept().first;
  socket.settimeout(10s);
  return socket;
}

std::string connect4(std::uint16_t port) {
  return "\5\1\0\5\1\0\1\177\0\0\1"s + static_cast<char>(port >> 8) + static_cast<char>(port);
}

std::string connect_http(std::uint16_t port, const std::string& fields = {}) {
  return "CONNECT 127.0.0.1:" + std::to_string(port) + " HTTP/1.1\r\n" + fields + "\r\n";
}

ProxyOptions http() { return {.protocol = ProxyProtocol::http_connect}; }

const std::string established = "HTTP/1.1 200 Connection established\r\n\r\n";

TEST_CASE(
    "what a client sends right after its request is not lost, and each end is told of the end") {
  sock::Socket listener = target();
  Proxy proxy({});
  Served served(proxy, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    const std::string much(300'000, 'x');
    client.sendall(connect4(listener.getsockname().port()) + "early ");
    client.sendall(much);
    client.shutdown(SHUT_WR);
    sock::Socket far = accept(listener);
    CHECK((read_to_end(far) == "early " + much));
    far.sendall("late answer");
    far.close();
    CHECK(read_exactly(client, 12).substr(0, 8) == "\5\0\5\0\0\1\177\0"s);
    CHECK(read_to_end(client) == "late answer");
  });
  CHECK(served.seen.told ==
        Told{"accepted", "asked: socks5 connect 127.0.0.1 as ", "closed: ended 300019 23"});
}

TEST_CASE("a handshake may come byte by byte") {
  sock::Socket listener = target();
  Proxy proxy(http());
  Served served(proxy, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    for (const char c : connect_http(listener.getsockname().port()) + "x")
      client.sendall(std::string(1, c));
    sock::Socket far = accept(listener);
    CHECK(far.recv(1) == "x");
    CHECK(read_exactly(client, established.size()) == established);
    far.sendall("answer");
    CHECK(read_exactly(client, 6) == "answer");
  });
}

TEST_CASE("who does not say what it wants is not waited for") {
  Proxy proxy({.patience = 50ms});
  Served served(proxy, {.limits = {.in_all = 2}});
  served.while_clients([&] {
    sock::Socket silent = served.client(), slow = served.client();
    slow.sendall("\5\1\0\5\1"s);
    CHECK(read_to_end(silent) == "");
    CHECK(read_to_end(slow) == "\5\0"s);
  });
  const Told& told = served.seen.told;
  CHECK(std::count(told.begin(), told.end(), "closed: slow 0 0") == 1);
  CHECK(std::count(told.begin(), told.end(), "closed: slow 5 2") == 1);
}

TEST_CASE("who asks for what cannot be reached, or not by the rules, is told why") {
  sock::Socket listener = target();
  const std::uint16_t port = listener.getsockname().port();
  listener.close();
  SUBCASE("refused") {
    Proxy proxy({});
    Served served(proxy, {.limits = {.in_all = 1}});
    served.while_clients([&] {
      sock::Socket client = served.client();
      client.sendall(connect4(port) + "and more");
      CHECK(read_to_end(client) == "\5\0\5\5\0\1\0\0\0\0\0\0"s);
    });
    CHECK(served.seen.told.back() == "closed: refused 21 12");
  }
  SUBCASE("not allowed") {
    ProxyOptions options = http();
    options.destinations =
        std::make_shared<sock::serve::Destinations>(std::vector<sock::serve::Destinations::Rule>{
            {false, sock::serve::parse_destination("127.0.0.0/8")}});
    Proxy proxy(std::move(options));
    Served served(proxy, {.limits = {.in_all = 2}});
    served.while_clients([&] {
      sock::Socket one = served.client(), other = served.client();
      one.sendall(connect_http(port));
      other.sendall("CONNECT localhost:" + std::to_string(port) + " HTTP/1.1\r\n\r\n");
      CHECK(read_to_end(one).starts_with("HTTP/1.1 403 "));
      CHECK(read_to_end(other).starts_with("HTTP/1.1 403 "));
    });
  }
}

TEST_CASE("a name with bytes that no name has is looked up nowhere") {
  Proxy proxy({});
  Served served(proxy, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    client.sendall("\5\1\0\5\1\0\3\13localhost\0x\0\120"s);
    CHECK(read_to_end(client) == "\5\0\5\4\0\1\0\0\0\0\0\0"s);
  });
}

TEST_CASE("only who logs in is served, and what is nonsense is said to be so") {
  sock::Socket listener = target();
  const std::uint16_t port = listener.getsockname().port();
  ProxyOptions options = http();
  options.logins = sock::wire::Logins(std::vector<sock::wire::Credentials>{{"me", "secret"}});
  Proxy proxy(std::move(options));
  Served served(proxy, {.limits = {.in_all = 4}});
  served.while_clients([&] {
    sock::Socket right = served.client();
    right.sendall(connect_http(port));  // first without, as most do
    const std::string challenge = read_exactly(right, 105);
    CHECK(challenge.starts_with("HTTP/1.1 407 "));
    CHECK(challenge.ends_with("Content-Length: 0\r\n\r\n"));
    right.sendall(connect_http(port, "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n"));
    CHECK(read_exactly(right, established.size()) == established);
    sock::Socket wrong = served.client(), method = served.client(), nonsense = served.client();
    wrong.sendall(connect_http(port, "Proxy-Authorization: Basic bWU6d3Jvbmc=\r\n"));
    method.sendall("GET http://127.0.0.1/ HTTP/1.1\r\n\r\n");
    nonsense.sendall("\x16\x03\x01"s);
    CHECK(read_to_end(wrong).starts_with("HTTP/1.1 407 "));
    CHECK(read_to_end(method).starts_with("HTTP/1.1 405 "));
    CHECK(read_to_end(nonsense).starts_with("HTTP/1.1 400 "));
    right.close();
    listener.close();
  });
  const Told& told = served.seen.told;
  CHECK(std::count(told.begin(), told.end(), "asked: http connect 127.0.0.1 as me") == 1);
}

TEST_CASE("a client that is gone while it is dialled ends its session") {
  Proxy proxy({});
  Served served(proxy, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    client.setsockopt(SOL_SOCKET, SO_LINGER, sock::Socket::bytes("\1\0\0\0\0\0\0\0"s));
    client.sendall("\5\1\0\5\1"s);
    CHECK(client.recv(2) == "\5\0"s);
    client.close();
  });
  CHECK(served.seen.told.back() == "closed: reset 5 2");
}

std::string address4(std::uint16_t port) {
  return "\177\0\0\1"s + static_cast<char>(port >> 8) + static_cast<char>(port);
}

std::uint16_t port_in(const std::string& reply) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(reply.at(i)); };
  return static_cast<std::uint16_t>(byte(reply.size() - 2) << 8 | byte(reply.size() - 1));
}

// What comes to a listener of the proxy's for this client.
sock::Socket come_to(std::uint16_t port, const char* from = "127.0.0.1") {
  sock::Socket peer(AF_INET, SOCK_STREAM);
  peer.settimeout(10s);
  peer.bind(sock::Address::inet(from, 0));
  peer.connect(sock::Address::inet("127.0.0.1", port));
  return peer;
}

TEST_CASE("the peer that a client waits for is joined to it, and nobody else") {
  Proxy proxy({});
  Served served(proxy, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    client.sendall("\5\1\0\5\2\0\1"s + address4(0));
    const std::string first = read_exactly(client, 12);
    REQUIRE(first.substr(0, 6) == "\5\0\5\0\0\1"s);
    sock::Socket other = come_to(port_in(first), "127.0.0.2");
    CHECK(read_to_end(other) == "");
    sock::Socket peer = come_to(port_in(first));
    CHECK(read_exactly(client, 10) == "\5\0\0\1"s + address4(peer.getsockname().port()));
    peer.sendall("file");
    peer.close();
    CHECK(read_to_end(client) == "file");
  });
}

TEST_CASE("a peer that does not come is not waited for, and one that has no address is none") {
  Proxy proxy({.patience = 50ms});
  Served served(proxy, {.limits = {.in_all = 2}});
  served.while_clients([&] {
    sock::Socket client = served.client(), named = served.client();
    client.sendall("\5\1\0\5\2\0\1"s + address4(0));
    named.sendall("\5\1\0\5\2\0\3\1a\0\0"s);
    CHECK(read_to_end(named) == "\5\0\5\7\0\1\0\0\0\0\0\0"s);
    CHECK(read_to_end(client).substr(12) == "\5\6\0\1\0\0\0\0\0\0"s);
  });
}

struct Datagrams {
  sock::Socket control, socket{AF_INET, SOCK_DGRAM};
  sock::Address relay;
  explicit Datagrams(sock::Socket client) : control(std::move(client)) {
    socket.settimeout(10s);
    socket.bind(sock::Address::inet("127.0.0.1", 0));
    control.sendall("\5\1\0\5\3\0\1\0\0\0\0\0\0"s);
    const std::string reply = read_exactly(control, 12);
    REQUIRE(reply.substr(0, 10) == "\5\0\5\0\0\1\177\0\0\1"s);
    relay = sock::Address::inet("127.0.0.1", port_in(reply));
  }
  void send(const std::string& datagram) { socket.sendto(datagram, relay); }
};

sock::Socket datagram_peer() {
  sock::Socket peer(AF_INET, SOCK_DGRAM);
  peer.settimeout(10s);
  peer.bind(sock::Address::inet("127.0.0.1", 0));
  return peer;
}

TEST_CASE("datagrams of a client go where their headers say, by address and by name, and back") {
  Proxy proxy({});
  Served served(proxy, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    Datagrams client(served.client());
    sock::Socket one = datagram_peer(), stranger = datagram_peer();
    const std::uint16_t port = one.getsockname().port();
    client.send("\0\0\1\1"s + address4(port) + "fragment");
    client.send("nonsense");
    client.send("\0\0\0\1"s + address4(port) + "first");
    auto [first, from] = one.recvfrom(100);
    CHECK(first == "first");
    client.send("\0\0\0\3\11localhost"s + address4(port).substr(4) + "by name");
    CHECK(one.recvfrom(100).first == "by name");
    stranger.sendto("nobody asked", from);
    one.sendto("answer", from);
    CHECK(client.socket.recvfrom(100).first == "\0\0\0\1"s + address4(port) + "answer");
    stranger.sendto("\0\0\0\1"s + address4(port) + "not the client", client.relay);
    client.send("\0\0\0\1"s + address4(port) + "last");
    CHECK(one.recvfrom(100).first == "last");
  });
  CHECK(served.seen.told.back() == "closed: ended 29 18");
}

TEST_CASE("datagrams go nowhere that rules deny, and end with their connection") {
  ProxyOptions options;
  sock::Socket open = datagram_peer(), closed = datagram_peer();
  const std::uint16_t port = open.getsockname().port();
  options.destinations =
      std::make_shared<sock::serve::Destinations>(std::vector<sock::serve::Destinations::Rule>{
          {true, sock::serve::parse_destination("127.0.0.1:" + std::to_string(port))}});
  Proxy proxy(std::move(options));
  Served served(proxy, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    Datagrams client(served.client());
    client.send("\0\0\0\1"s + address4(closed.getsockname().port()) + "denied");
    client.send("\0\0\0\1"s + address4(port) + "allowed");
    CHECK(open.recvfrom(100).first == "allowed");
    closed.settimeout(0s);
    CHECK_THROWS_AS(closed.recvfrom(100), sock::BlockingIOError);
  });
}

TEST_CASE("sizes and totals hold for datagrams, and the last of those for a client is the end") {
  ProxyOptions options;
  options.relay.buffer_size = 10;
  options.relay.out_shape.max_bytes = options.relay.in_shape.max_bytes = 6;
  Proxy proxy(std::move(options));
  Served served(proxy, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    Datagrams client(served.client());
    sock::Socket one = datagram_peer();
    const std::string header = "\0\0\0\1"s + address4(one.getsockname().port());
    client.send(header + "more than ten");
    client.send(header + "1234");
    auto [first, from] = one.recvfrom(100);
    CHECK(first == "1234");
    client.send(header + "5678");
    CHECK(one.recvfrom(100).first == "5678");
    client.send(header + "9");
    one.sendto("answer that is too large", from);
    one.sendto("answer", from);
    CHECK(client.socket.recvfrom(100).first == header + "answer");
    CHECK(client.control.recv(1) == "");
    one.settimeout(0s);
    CHECK_THROWS_AS(one.recvfrom(100), sock::BlockingIOError);
  });
  CHECK(served.seen.told.back() == "closed: enough 21 18");
}

}  // namespace
