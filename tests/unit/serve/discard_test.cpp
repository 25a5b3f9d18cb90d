#include "serve/discard.hpp"

#include <doctest/doctest.h>

#include "unit/serve/served.hpp"

namespace {

using namespace served;
using sock::serve::Discard;
using Told = std::vector<std::string>;

TEST_CASE("what a peer sends is read, counted and dropped") {
  Discard discard;
  Served served(discard, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    client.sendall(std::string(16 * 1024 * 1024, 'x'));
    client.shutdown(SHUT_WR);
    CHECK(read_to_end(client) == "");  // an end, and no reset
  });
  CHECK(served.seen.told == Told{"accepted", "closed: ended 16777216 0"});
}

TEST_CASE("datagrams are counted and not answered") {
  Discard discard;
  Served served(discard, {.limits = {.in_all = 1}, .access = {}, .idle = 100ms}, "udp:127.0.0.1:0");
  served.while_clients([&] {
    sock::Socket client(AF_INET, SOCK_DGRAM);
    client.connect("127.0.0.1", served.port);
    client.send("some");
  });
  CHECK(served.seen.told == Told{"accepted", "closed: idle 4 0"});
}

}  // namespace
