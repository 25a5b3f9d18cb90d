#include "wire/proxy_introduction.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "sock/create.hpp"

namespace {

using namespace sock;
using namespace std::chrono_literals;
using wire::ProxyIntroduction;
using Outcome = ProxyIntroduction::Outcome;

const wire::ProxiedEnds ends{Address::inet("192.0.2.1", 56324), Address::inet("192.0.2.2", 443)};

// What comes of an introduction whose proxy does this, a turn of the loop after each piece.
Outcome introduce(const std::vector<std::string>& pieces, bool closes = false,
                  io::Clock::duration patience = 20s) {
  io::Loop loop;
  auto [ours, theirs] = socketpair(AF_UNIX, SOCK_STREAM);
  std::optional<Outcome> outcome;
  const ProxyIntroduction introduction(loop, std::move(ours), io::Clock::now() + patience,
                                       [&](Outcome result) {
                                         outcome = std::move(result);
                                         loop.stop();
                                       });
  for (const std::string& piece : pieces) {
    theirs.sendall(piece);
    const auto next = loop.after(1ms, [&] { loop.stop(); });
    if (!outcome) loop.run();
  }
  if (closes) theirs.close();
  if (!outcome) loop.run();
  REQUIRE(outcome);
  return std::move(*outcome);
}

std::string rest_of(Outcome& outcome) {
  std::array<std::byte, 100> room;
  const auto got = outcome.socket.try_recv(room);
  return std::string(reinterpret_cast<const char*>(room.data()), got.value_or(0));
}

TEST_CASE("a header is taken to its last byte, and what follows is left") {
  for (const std::string& header : {wire::proxy_header_v1(ends), wire::proxy_header_v2(ends)}) {
    Outcome outcome = introduce({header + "GET /"});
    CHECK(outcome.error == "");
    CHECK(outcome.ends == ends);
    CHECK(rest_of(outcome) == "GET /");
  }
}

TEST_CASE("it may come a byte at a time") {
  for (const std::string& header : {wire::proxy_header_v1(ends), wire::proxy_header_v2(ends)}) {
    std::vector<std::string> pieces;
    for (const char c : header) pieces.emplace_back(1, c);
    Outcome outcome = introduce(pieces);
    CHECK(outcome.error == "");
    CHECK(outcome.ends == ends);
    CHECK(rest_of(outcome) == "");
  }
}

TEST_CASE("a proxy that speaks for itself has no ends to tell of") {
  Outcome outcome = introduce({wire::proxy_header_v2(std::nullopt) + "x"});
  CHECK(outcome.error == "");
  CHECK(!outcome.ends);
  CHECK(rest_of(outcome) == "x");
}

TEST_CASE("nonsense, the end, and silence are no introductions") {
  CHECK(introduce({"GET / HTTP/1.0\r\n\r\n"}).error == "there is no PROXY header");
  CHECK(introduce({"PROXY TCP4 "}, true).error == "it has ended before its PROXY header");
  CHECK(introduce({}, true).error == "it has ended before its PROXY header");
  CHECK(introduce({"PROXY"}, false, 50ms).error == "its PROXY header did not come in time");
}

}  // namespace
