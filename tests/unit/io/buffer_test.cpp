#include "io/buffer.hpp"

#include <algorithm>

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

TEST_CASE("filling a buffer with nothing leaves it empty") {
  Buffer buffer(4);
  buffer.room();
  buffer.filled(0);
  CHECK(buffer.empty());
  CHECK(buffer.bytes_in() == 0);
}
