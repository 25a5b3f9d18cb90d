#include "serve/proxy_datagrams.hpp"

#include <string_view>

#include <doctest/doctest.h>

namespace {

using namespace std::chrono_literals;
using sock::Socket;
using sock::serve::DatagramToll;

constexpr sock::io::Clock::time_point start{1h};

TEST_CASE("what comes faster than the rate is lost, and later ones pass again") {
  DatagramToll toll({.rate = 100}, 1000);
  CHECK(toll.takes(Socket::bytes("0123456789"), start));
  CHECK_FALSE(toll.takes(Socket::bytes("0123456789"), start));
  CHECK(toll.takes(Socket::bytes("0123456789"), start + 1s));
  CHECK_FALSE(toll.exhausted());
}

TEST_CASE("the last datagram that is allowed is whole, and a large one is none at all") {
  DatagramToll toll({.max_bytes = 6}, 10);
  CHECK_FALSE(toll.takes(Socket::bytes("01234567890"), start));
  CHECK(toll.takes(Socket::bytes("12345"), start));
  CHECK_FALSE(toll.exhausted());
  CHECK(toll.takes(Socket::bytes("67890"), start));
  CHECK(toll.exhausted());
  CHECK_FALSE(toll.takes(Socket::bytes(""), start));
}

}  // namespace
