#include "serve/command.hpp"

#include <doctest/doctest.h>

#include "unit/serve/served.hpp"

namespace {

using namespace served;
using sock::Address;
using sock::serve::Command;
using sock::serve::how_it_ended;
using Told = std::vector<std::string>;

constexpr rlim_t open_files = 100;

std::vector<std::pair<std::string, std::string>> ports(const Address& local, const Address& peer,
                                                       int, int) {
  return {{"OURS", std::to_string(local.port())}, {"THEIRS", std::to_string(peer.port())}};
}

TEST_CASE("how a program ended is its code or its signal") {
  CHECK(how_it_ended({.code = 3}) == "exit 3");
  CHECK(how_it_ended({.signal = 9}) == "signal 9");
}

TEST_CASE("each connection is the input and output of a program of its own") {
  Command command({{"cat"}, open_files, ports});
  Served served(command, {.limits = {.in_all = 2}});
  served.while_clients([&] {
    sock::Socket a = served.client(), b = served.client();
    a.sendall("of a");
    b.sendall("of b");
    CHECK(b.recv(100) == "of b");
    CHECK(a.recv(100) == "of a");
    for (sock::Socket* client : {&a, &b}) {
      client->shutdown(SHUT_WR);
      CHECK(read_to_end(*client) == "");
    }
  });
  CHECK(served.sessions.totals().served == 2);
}

TEST_CASE("a program finds the connection in its environment, and its limit of descriptors") {
  Command command({{"sh", "-c", "echo $OURS $THEIRS; ulimit -n"}, open_files, ports});
  Served served(command, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    const auto own = std::to_string(client.getsockname().port());
    CHECK(read_to_end(client) == std::to_string(served.port) + ' ' + own + "\n100\n");
  });
  CHECK(served.seen.told == Told{"accepted", "closed: exited 0 0"});
}

TEST_CASE("a program that cannot be run is told, and the peer's connection closed") {
  Command command({{"no-such-program-here"}, open_files, ports});
  Served served(command, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    CHECK(read_to_end(client) == "");
  });
  const Told& told = served.seen.told;
  REQUIRE(told.size() == 3);
  CHECK(told[1].find("run no-such-program-here") != std::string::npos);
  CHECK(told[2] == "closed: failed 0 0");
}

TEST_CASE("a peer of a datagram socket has a program whose every write is a datagram") {
  Command command(
      {{"sh", "-c", "while read line; do echo \"got $line\"; done"}, open_files, ports});
  Served served(command, {.limits = {.in_all = 1}, .access = {}, .idle = 300ms}, "udp:127.0.0.1:0");
  served.while_clients([&] {
    sock::Socket client(AF_INET, SOCK_DGRAM);
    client.settimeout(10s);
    client.connect("127.0.0.1", served.port);
    client.send("one\ntwo\n");
    CHECK(client.recv(100) == "got one\n");
    CHECK(client.recv(100) == "got two\n");
  });
  CHECK(served.seen.told == Told{"accepted", "closed: idle 8 16"});
}

}  // namespace
