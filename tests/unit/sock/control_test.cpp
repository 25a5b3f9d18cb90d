#include "sock/control.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sock/error.hpp"
#include "support/descriptors.hpp"

using sock::ControlMessage;
using sock::detail::ControlReader;

namespace {

std::string header(std::size_t length, int level, int type) {
  cmsghdr h{};
  h.cmsg_len = length;
  h.cmsg_level = level;
  h.cmsg_type = type;
  return {reinterpret_cast<const char*>(&h), sizeof h};
}

std::string ints(const std::vector<int>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(int)};
}

struct Parsed {
  std::vector<ControlMessage> items;
  bool malformed;
};

Parsed parse(std::string_view raw) {
  Parsed p{};
  ControlReader reader(raw);
  while (const auto item = reader.next())
    p.items.push_back({item->level, item->type, std::string(item->data)});
  p.malformed = reader.malformed();
  return p;
}

}  // namespace

TEST_CASE("what is laid out is what cmsg(3) describes, with zeroed padding") {
  const ControlMessage items[] = {{1, 2, "abc"}, {3, 4, ""}, {5, 6, std::string(8, 'x')}};
  const std::string raw = sock::detail::lay_out(items);
  REQUIRE(raw.size() == CMSG_SPACE(3) + CMSG_SPACE(0) + CMSG_SPACE(8));
  CHECK(raw.substr(0, CMSG_SPACE(3)) ==
        header(CMSG_LEN(3), 1, 2) + "abc" + std::string(CMSG_SPACE(3) - CMSG_LEN(3), '\0'));
  CHECK(raw.substr(CMSG_SPACE(3)) ==
        header(CMSG_LEN(0), 3, 4) + header(CMSG_LEN(8), 5, 6) + std::string(8, 'x'));
  CHECK(sock::detail::lay_out({}).empty());
}

TEST_CASE("what was laid out reads back the same") {
  const ControlMessage items[] = {{1, 2, "abc"}, {3, 4, ""}, {5, 6, std::string(9, 'x')}};
  const Parsed p = parse(sock::detail::lay_out(items));
  CHECK_FALSE(p.malformed);
  REQUIRE(p.items.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(p.items[i].level == items[i].level);
    CHECK(p.items[i].type == items[i].type);
    CHECK(p.items[i].data == items[i].data);
  }
}

TEST_CASE("control data cut anywhere gives the items as far as they came") {
  const ControlMessage items[] = {{1, 2, "abcde"}, {3, 4, "0123456789"}};
  const std::string raw = sock::detail::lay_out(items);
  const std::size_t second = CMSG_SPACE(5);
  for (std::size_t size = 0; size <= raw.size(); ++size) {
    CAPTURE(size);
    // A buffer of exactly that size, so that a sanitizer sees every byte read beyond it.
    const std::vector<char> cut(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(size));
    const Parsed p = parse({cut.data(), cut.size()});
    const std::size_t expected =
        (size >= CMSG_LEN(0) ? 1u : 0u) + (size >= second + CMSG_LEN(0) ? 1u : 0u);
    REQUIRE(p.items.size() == expected);
    if (expected > 0)
      CHECK(p.items[0].data == items[0].data.substr(0, std::min(size, CMSG_LEN(5)) - CMSG_LEN(0)));
    if (expected > 1)
      CHECK(p.items[1].data ==
            items[1].data.substr(0, std::min(size - second, CMSG_LEN(10)) - CMSG_LEN(0)));
    const bool cut_in_first = size >= CMSG_LEN(0) && size < CMSG_LEN(5);
    const bool cut_in_second = size >= second + CMSG_LEN(0) && size < second + CMSG_LEN(10);
    CHECK(p.malformed == (cut_in_first || cut_in_second));
  }
}

TEST_CASE("an item that claims to be shorter than its header ends the list as malformed") {
  for (std::size_t length = 0; length < CMSG_LEN(0); ++length) {
    const Parsed p = parse(header(CMSG_LEN(0), 7, 8) + header(length, 1, 2) + "tail of it all");
    CAPTURE(length);
    CHECK(p.malformed);
    REQUIRE(p.items.size() == 1);
    CHECK(p.items[0].level == 7);
  }
}

TEST_CASE("an item that claims to be longer than all memory is cut at what is there") {
  for (const std::size_t length : {SIZE_MAX, SIZE_MAX - 7, SIZE_MAX / 2}) {
    const Parsed p = parse(header(length, 1, 2) + "abc");
    CHECK(p.malformed);
    REQUIRE(p.items.size() == 1);
    CHECK(p.items[0].data == "abc");
  }
}

TEST_CASE("no bytes whatever make the reader run on") {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::vector<char> raw(random() % 96);
    for (char& c : raw) c = static_cast<char>(random() % 4 ? 0 : random() % 64);
    const Parsed p = parse({raw.data(), raw.size()});
    REQUIRE(p.items.size() <= raw.size() / CMSG_LEN(0));
  }
}

TEST_CASE("descriptors are taken whole, as many as there is room for, and the others closed") {
  const std::size_t before = support::open_descriptors();
  {
    const std::vector<int> numbers{::dup(0), ::dup(0), ::dup(0)};
    const std::string data = ints(numbers).substr(0, 3 * sizeof(int));
    std::vector<sock::Fd> two;
    two.reserve(2);
    sock::detail::take_descriptors({SOL_SOCKET, SCM_RIGHTS, data}, two);
    REQUIRE(two.size() == 2);
    CHECK(two[0].get() == numbers[0]);
    CHECK(two[1].get() == numbers[1]);
    CHECK(support::open_descriptors() == before + 2);
  }
  CHECK(support::open_descriptors() == before);
  const std::vector<int> numbers{::dup(0), ::dup(0)};
  std::vector<sock::Fd> fds;
  fds.reserve(4);
  sock::detail::take_descriptors({SOL_SOCKET, SCM_RIGHTS, ints(numbers).substr(0, 7)}, fds);
  CHECK(fds.size() == 1);
  CHECK(::close(numbers[1]) == 0);
}

TEST_CASE("a process descriptor is closed, and other items hold no descriptors") {
  const int number = ::dup(0);
  std::vector<sock::Fd> fds;
  fds.reserve(4);
  sock::detail::take_descriptors({SOL_SOCKET, SCM_CREDENTIALS, ints({number})}, fds);
  sock::detail::take_descriptors({IPPROTO_TCP, SCM_RIGHTS, ints({number})}, fds);
  CHECK(::fcntl(number, F_GETFD) >= 0);
  sock::detail::take_descriptors({SOL_SOCKET, 4 /* SCM_PIDFD */, ints({number})}, fds);
  CHECK(::fcntl(number, F_GETFD) < 0);
  CHECK(fds.empty());
}

TEST_CASE("ancillary data beyond an int's range is refused") {
  using sock::detail::space_with;
  const auto code_of = [](std::size_t total, std::size_t size) {
    try {
      space_with(total, size);
    } catch (const sock::Error& e) {
      return e.code();
    }
    return std::error_code();
  };
  const std::size_t largest = INT_MAX - CMSG_SPACE(1);
  CHECK(space_with(16, 5) == 16 + CMSG_SPACE(5));
  CHECK(space_with(0, largest) == CMSG_SPACE(largest));
  CHECK(code_of(0, largest + 1) == sock::Errc::ancillary_too_large);
  CHECK(code_of(0, SIZE_MAX) == sock::Errc::ancillary_too_large);
  CHECK(code_of(INT_MAX - CMSG_SPACE(8) + 1, 8) == sock::Errc::ancillary_too_much);
  CHECK(space_with(INT_MAX - CMSG_SPACE(8), 8) == INT_MAX);
}
