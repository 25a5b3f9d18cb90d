#include "serve/outbox.hpp"

#include <cerrno>

#include <doctest/doctest.h>

#include "unit/io/ends.hpp"

namespace {

using sock::serve::Chunk;
using sock::serve::Outbox;

TEST_CASE("what the system takes at once does not wait") {
  auto [a, b] = ends::sockets();
  Outbox outbox;
  CHECK(outbox.send(b, ends::bytes("hello")) == 0);
  CHECK(outbox.empty());
  CHECK(outbox.sent() == 5);
  CHECK(ends::take(a) == "hello");
}

TEST_CASE("what it does not take waits, in order, until there is room") {
  auto [a, b] = ends::sockets();
  const std::size_t before = ends::fill(b);
  Outbox outbox;
  CHECK(outbox.send(b, ends::bytes("one ")) == 0);
  const auto chunk = std::make_shared<const std::string>("two ");
  CHECK(outbox.send(b, chunk) == 0);
  CHECK(outbox.send(b, ends::bytes("three")) == 0);
  CHECK(outbox.size() == 13);
  CHECK(outbox.sent() == 0);
  CHECK(chunk.use_count() == 2);  // shared, not copied
  CHECK(outbox.flush(b) == 0);
  CHECK(outbox.size() == 13);

  std::string all;
  while (all.size() < before + 13) {
    all += ends::take(a);
    CHECK(outbox.flush(b) == 0);
  }
  CHECK(all.substr(before) == "one two three");
  CHECK(outbox.empty());
  CHECK(outbox.size() == 0);
  CHECK(outbox.sent() == 13);
  CHECK(chunk.use_count() == 1);
}

TEST_CASE("many small chunks keep their order through many flushes") {
  auto [a, b] = ends::sockets();
  const std::size_t before = ends::fill(b);
  Outbox outbox;
  std::string expected, all;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = std::to_string(i) + ',';
    expected += text;
    CHECK(outbox.send(b, std::make_shared<const std::string>(text)) == 0);
  }
  while (all.size() < before + expected.size()) {
    all += ends::take(a);
    CHECK(outbox.flush(b) == 0);
  }
  CHECK((all.substr(before) == expected));
}

TEST_CASE("a peer that is gone is an errno, not a signal") {
  auto [a, b] = ends::sockets();
  a.reset();
  Outbox outbox;
  CHECK(outbox.send(b, ends::bytes("x")) == EPIPE);
  CHECK(outbox.send(b, std::make_shared<const std::string>("x")) == EPIPE);
}

}  // namespace
