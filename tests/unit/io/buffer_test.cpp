#include "io/buffer.hpp"

#include <algorithm>
#include <span>
#include <string>

#include <doctest/doctest.h>

using sock::io::Buffer;

TEST_CASE("a buffer is filled when empty and drained in parts, and counts both") {
  Buffer buffer(8);
  CHECK(buffer.empty());
  CHECK(buffer.held().empty());
  auto room = buffer.room();
  REQUIRE(room.size() == 8);
  for (std::size_t i = 0; i < 5; ++i) room[i] = static_cast<std::byte>('a' + i);
  buffer.filled(5);
  CHECK_FALSE(buffer.empty());
  CHECK(buffer.held().size() == 5);

  buffer.drained(2);
  REQUIRE(buffer.held().size() == 3);
  CHECK(buffer.held()[0] == static_cast<std::byte>('c'));
  CHECK(buffer.bytes_in() == 5);
  CHECK(buffer.bytes_out() == 2);

  buffer.drained(3);
  CHECK(buffer.empty());
  CHECK(buffer.room().size() == 8);  // all of it again
  buffer.filled(8);
  CHECK(buffer.bytes_in() == 13);
  CHECK(buffer.bytes_out() == 5);
}

TEST_CASE("what is appended goes behind what is held, as far as there is room") {
  const auto bytes_of = [](const char* text) {
    return std::as_bytes(std::span(text, std::char_traits<char>::length(text)));
  };
  Buffer buffer(6);
  CHECK(buffer.append(bytes_of("abcd")) == 4);
  buffer.drained(1);
  CHECK(buffer.append(bytes_of("efgh")) == 2);
  CHECK(buffer.append(bytes_of("ij")) == 0);
  const auto held = buffer.held();
  CHECK(std::equal(held.begin(), held.end(), bytes_of("bcdef").begin()));
  CHECK(held.size() == 5);
  CHECK(buffer.bytes_in() == 6);
  buffer.drained(5);
  CHECK(buffer.append({}) == 0);
  CHECK(buffer.empty());
}

TEST_CASE("filling a buffer with nothing leaves it empty") {
  Buffer buffer(4);
  buffer.room();
  buffer.filled(0);
  CHECK(buffer.empty());
  CHECK(buffer.bytes_in() == 0);
}
