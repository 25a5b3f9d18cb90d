#include "serve/brake.hpp"

#include <array>

#include <doctest/doctest.h>

#include "unit/io/ends.hpp"

namespace {

using sock::io::Loop;
using sock::io::Shape;
using sock::serve::Brake;

TEST_CASE("what is not limited needs no brake") {
  CHECK_FALSE(Brake::needed({}));
  CHECK(Brake::needed({.max_bytes = 1}));
  Shape paced;
  paced.rate = 1;
  CHECK(Brake::needed(paced));
}

TEST_CASE("so many bytes pass in all, but a message goes whole") {
  Loop loop;
  std::array<std::byte, 100> room{};
  Brake brake(loop, {.max_bytes = 10}, [] {});
  CHECK(brake.allowed(room, false).size() == 10);
  brake.passed(std::span(room).first(4));
  CHECK(brake.allowed(room, false).size() == 6);
  CHECK(brake.allowed(room, true).size() == 100);
  brake.passed(room);
  CHECK(brake.exhausted());
  CHECK(brake.allowed(room, true).empty());
  CHECK_FALSE(brake.holds());
}

TEST_CASE("what passes too fast is held back, and released by the loop") {
  Loop loop;
  std::array<std::byte, 1000> room{};
  bool released = false;
  Shape paced;
  paced.rate = 1000;
  Brake brake(loop, paced, [&] {
    released = true;
    loop.stop();
  });
  CHECK(brake.allowed(room, false).size() == 100);
  brake.passed(std::span(room).first(100));
  CHECK(brake.allowed(room, false).empty());
  CHECK(brake.holds());
  CHECK_FALSE(brake.exhausted());
  ends::run(loop);
  CHECK(released);
  CHECK_FALSE(brake.allowed(room, false).empty());
}

}  // namespace
