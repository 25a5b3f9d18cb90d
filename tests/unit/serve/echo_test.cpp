#include "serve/echo.hpp"

#include <doctest/doctest.h>

#include "unit/serve/served.hpp"

namespace {

using namespace served;
using sock::serve::Echo;
using Told = std::vector<std::string>;

TEST_CASE("a peer gets back what it sends, and its end of input ends the session") {
  Echo echo;
  Served served(echo, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    client.sendall("hello");
    CHECK(client.recv(100) == "hello");
    client.sendall("again");
    client.shutdown(SHUT_WR);
    CHECK(read_to_end(client) == "again");
  });
  CHECK(served.seen.told == Told{"accepted", "closed: ended 10 10"});
}

TEST_CASE("more than the connection holds comes back whole and in order") {
  Echo echo;
  Served served(echo, {.limits = {.in_all = 1}});
  std::string sent;
  while (sent.size() < 24 * 1024 * 1024) sent += std::to_string(sent.size()) + ' ';
  served.while_clients([&] {
    sock::Socket client = served.client();
    // All is sent before anything is read, as far as the system lets it.
    std::thread writer([&] {
      client.sendall(sent);
      client.shutdown(SHUT_WR);
    });
    const bool whole = read_to_end(client) == sent;
    writer.join();
    CHECK(whole);
  });
  const auto count = std::to_string(sent.size());
  CHECK(served.seen.told == Told{"accepted", "closed: ended " + count + ' ' + count});
}

TEST_CASE("a peer's reset ends its session") {
  Echo echo;
  Served served(echo, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    client.sendall("x");
    CHECK(client.recv(1) == "x");
    sock::Fd fd(client.detach());
    ends::reset(fd);
  });
  CHECK(served.seen.told == Told{"accepted", "closed: reset 1 1"});
}

TEST_CASE("a datagram comes back as it was, also an empty one") {
  Echo echo;
  Served served(echo, {.limits = {.in_all = 1}, .access = {}, .idle = 300ms}, "udp:127.0.0.1:0");
  served.while_clients([&] {
    sock::Socket client(AF_INET, SOCK_DGRAM);
    client.settimeout(10s);
    client.connect("127.0.0.1", served.port);
    for (const std::string& sent : {std::string("one"), std::string(), std::string(20000, 'x')}) {
      client.send(sent);
      const bool same = client.recv(65536) == sent;
      CHECK(same);
    }
  });
  CHECK(served.seen.told == Told{"accepted", "closed: idle 20003 20003"});
}

}  // namespace
