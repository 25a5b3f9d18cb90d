#include "serve/server.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include <doctest/doctest.h>

#include "serve/echo.hpp"
#include "serve/hub.hpp"
#include "unit/serve/served.hpp"

namespace {

using namespace served;
using sock::serve::Echo;

long count(const Recorder& seen, const std::string& text) {
  return std::count(seen.told.begin(), seen.told.end(), text);
}

TEST_CASE("many are served at once, and the server is over when the last of all has left") {
  Echo echo;
  Served served(echo, {.limits = {.in_all = 20}});
  served.while_clients([&] {
    std::vector<sock::Socket> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(served.client());
    for (sock::Socket& client : clients) client.sendall("hello");
    for (sock::Socket& client : clients) {
      client.shutdown(SHUT_WR);
      CHECK(read_to_end(client) == "hello");
    }
  });
  CHECK(!served.server.accepting());
  CHECK(served.sessions.empty());
  CHECK(count(served.seen, "accepted") == 20);
  CHECK(count(served.seen, "closed: ended 5 5") == 20);
  CHECK(served.sessions.totals().bytes.received == 100);
  CHECK(served.sessions.totals().bytes.sent == 100);
}

TEST_CASE("as many at a time as may be; the others are served when those have left") {
  Echo echo;
  Served served(echo, {.limits = {.at_a_time = 1, .in_all = 2}});
  served.while_clients([&] {
    sock::Socket first = served.client(), second = served.client();
    second.sendall("2");
    first.sendall("1");
    CHECK(first.recv(1) == "1");
    first.close();
    CHECK(second.recv(1) == "2");
  });
  CHECK(served.seen.told ==
        std::vector<std::string>{"accepted", "closed: ended 1 1", "accepted", "closed: ended 1 1"});
}

TEST_CASE("whom the rules turn away is closed at once, and counts for no limit") {
  Echo echo;
  const sock::serve::Access access({{false, "127.0.0.2"}}, nullptr);
  Served served(echo, {.limits = {.in_all = 1}, .access = access});
  served.while_clients([&] {
    sock::Socket stranger = sock::create_connection(
        "127.0.0.1", served.port,
        {.timeout = sock::Timeout(10s), .source_address = {{"127.0.0.2", 0}}});
    CHECK(read_to_end(stranger) == "");
    sock::Socket client = served.client();
    client.sendall("x");
    CHECK(client.recv(1) == "x");
  });
  CHECK(served.seen.told.front() == "denied: not allowed");
  CHECK(served.sessions.totals().denied == 1);
  CHECK(served.sessions.totals().served == 1);
}

TEST_CASE("when no more are taken, who is served goes on, and who comes is refused") {
  Echo echo;
  Served served(echo);
  sock::Socket client = served.client();
  const auto stop = served.loop.after(20ms, [&] { served.server.stop_accepting(); });
  served.while_clients([&] {
    client.sendall("a");
    CHECK(client.recv(1) == "a");
    const auto refused = [&] {
      sock::Socket late(AF_INET, SOCK_STREAM);
      return late.connect_ex("127.0.0.1", served.port) == ECONNREFUSED;
    };
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!refused() && std::chrono::steady_clock::now() < end) {
    }
    CHECK(refused());
    client.sendall("b");
    CHECK(client.recv(1) == "b");
    client.close();
  });
  CHECK(!served.server.accepting());
}

TEST_CASE("a mode for connections refuses a socket of datagrams") {
  sock::serve::Hub hub(sock::serve::Hub::Style::broker);
  CHECK_THROWS_AS(Served(hub, {}, "udp:127.0.0.1:0"), sock::wire::UsageError);
}

TEST_CASE("an idle session ends, a busy one does not") {
  Echo echo;
  Served served(echo, {.limits = {.in_all = 1}, .idle = 50ms});
  served.while_clients([&] {
    sock::Socket client = served.client();
    CHECK(read_to_end(client) == "");
  });
  CHECK(served.seen.told.back() == "closed: idle 0 0");
}

TEST_CASE("peers of a datagram socket have sessions of their own") {
  Echo echo;
  Served served(echo, {.limits = {.in_all = 2}, .idle = 200ms}, "udp:127.0.0.1:0");
  served.while_clients([&] {
    sock::Socket first(AF_INET, SOCK_DGRAM), second(AF_INET, SOCK_DGRAM),
        third(AF_INET, SOCK_DGRAM);
    for (sock::Socket* client : {&first, &second, &third}) {
      client->settimeout(10s);
      client->connect("127.0.0.1", served.port);
    }
    first.send("one");
    CHECK(first.recv(100) == "one");
    second.send("two");
    CHECK(second.recv(100) == "two");
    third.send("three");
    first.send("one more");
    CHECK(first.recv(100) == "one more");
  });
  CHECK(count(served.seen, "accepted") == 2);
  CHECK(count(served.seen, "denied: as many as may be are served") == 1);
  CHECK(count(served.seen, "closed: idle 11 11") == 1);
  CHECK(count(served.seen, "closed: idle 3 3") == 1);
}

}  // namespace
