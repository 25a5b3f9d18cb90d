#include "serve/reception.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "serve/echo.hpp"
#include "unit/serve/secured.hpp"
#include "unit/serve/served.hpp"

namespace {

using namespace served;
using sock::Address;
using sock::serve::Echo;
using Told = std::vector<std::string>;

std::string header(const std::string& host) {
  return sock::wire::proxy_header_v1(
      sock::wire::ProxiedEnds{Address::inet(host, 4000), Address::inet("192.0.2.100", 80)});
}

// It is closed; what was not read makes that a reset.
bool is_turned_away(sock::Socket& socket) {
  try {
    return socket.recv(1).empty();
  } catch (const sock::ConnectionError&) {
    return true;
  }
}

TEST_CASE("the rules are for whom a proxy comes for") {
  Echo echo;
  const sock::serve::Access access({{false, "192.0.2.1"}}, nullptr);
  Served served(echo, {.limits = {.in_all = 1}, .access = access}, "127.0.0.1:0",
                {.proxies = {.everybody = true}, .patience = 20s});
  served.while_clients([&] {
    sock::Socket denied = served.client();
    denied.sendall(header("192.0.2.1") + "hello");
    CHECK(is_turned_away(denied));
    sock::Socket client = served.client();
    client.sendall(header("192.0.2.2") + "hello");
    client.shutdown(SHUT_WR);
    CHECK(read_to_end(client) == "hello");
  });
  CHECK(served.seen.told ==
        Told{"denied: not allowed", "introduced 192.0.2.2:4000", "accepted", "closed: ended 5 5"});
}

TEST_CASE("a proxy that says nothing is sent away in time, and holds up nobody but by its number") {
  Echo echo;
  Served served(echo, {.limits = {.at_a_time = 2, .in_all = 2}}, "127.0.0.1:0",
                {.proxies = {.everybody = true}, .patience = 300ms});
  served.while_clients([&] {
    sock::Socket silent = served.client(), first = served.client(), second = served.client();
    first.sendall(header("192.0.2.1") + "1");
    CHECK(first.recv(1) == "1");
    second.sendall(header("192.0.2.2") + "2");
    CHECK(second.recv(1) == "2");  // in the place of the silent one
    CHECK(is_turned_away(silent));
  });
  const Told& told = served.seen.told;
  CHECK(std::count(told.begin(), told.end(), "denied: its PROXY header did not come in time") == 1);
  CHECK(std::count(told.begin(), told.end(), "accepted") == 2);
}

TEST_CASE("only who comes from the networks of proxies is asked for a header") {
  Echo echo;
  Served served(
      echo, {.limits = {.in_all = 2}}, "127.0.0.1:0",
      {.proxies = {.networks = {*sock::serve::parse_network("127.0.0.2")}}, .patience = 20s});
  served.while_clients([&] {
    sock::Socket direct = served.client();
    direct.sendall("PROXY");
    CHECK(direct.recv(5) == "PROXY");
    const auto from_proxy = [&] {
      return sock::create_connection(
          "127.0.0.1", served.port,
          {.timeout = sock::Timeout(10s), .source_address = {{"127.0.0.2", 0}}});
    };
    sock::Socket nonsense = from_proxy();
    nonsense.sendall("GET / HTTP/1.0\r\n\r\n");
    CHECK(is_turned_away(nonsense));
    sock::Socket client = from_proxy();
    client.sendall(header("192.0.2.1"));
    client.sendall("hello");
    CHECK(client.recv(5) == "hello");
  });
  const Told& told = served.seen.told;
  CHECK(std::count(told.begin(), told.end(), "denied: there is no PROXY header") == 1);
  CHECK(std::count(told.begin(), told.end(), "introduced 192.0.2.1:4000") == 1);
}

TEST_CASE("TLS is spoken after the header") {
  Echo echo;
  const auto tls = server_context();
  Served served(echo, {.limits = {.in_all = 1}}, "127.0.0.1:0",
                {.proxies = {.everybody = true}, .tls = &tls, .patience = 20s});
  served.while_clients([&] {
    sock::Socket socket = served.client();
    socket.sendall(header("192.0.2.1"));
    SecureClient client(std::move(socket));
    client.send("hello");
    client.finish();
    CHECK(client.read_to_end() == "hello");
  });
  CHECK(served.seen.told ==
        Told{"introduced 192.0.2.1:4000", "accepted", "secured TLSv1.3", "closed: ended 5 5"});
}

}  // namespace
