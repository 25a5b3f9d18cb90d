#include "cmd/dump.hpp"

#include <regex>

#include <doctest/doctest.h>

namespace {

using namespace sock::cmd;
using namespace std::string_literals;
using sock::io::Direction;

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST_CASE("hex has the columns of xxd, then the time and the direction") {
  CHECK(hex_dump(bytes("GET / HTTP/1.0\r\n\r\nx"), 0, Direction::out, "12:00:00.000000") ==
        "00000000: 4745 5420 2f20 4854 5450 2f31 2e30 0d0a  GET / HTTP/1.0..  12:00:00.000000 >\n"
        "00000010: 0d0a 78                                  ..x               12:00:00.000000 >\n");
  CHECK(hex_dump(bytes("\x1b\xff"), 0x123456789, Direction::in, "t") ==
        "123456789: 1bff                                     ..                t <\n");
  CHECK(hex_dump({}, 0, Direction::in, "t") == "");
}

TEST_CASE("text has a line for each line, with its end in sight, and no control code") {
  CHECK(text_dump(bytes("one\r\ntwo\n\x1b[2Jthree"), Direction::in, "t") ==
        "t < one\\r\\n\n"
        "t < two\\n\n"
        "t < \\x1b[2Jthree\n");
  CHECK(text_dump(bytes("a\\n\t\xc3\xa9\xff\0"s), Direction::out, "t") ==
        "t > a\\\\n\\t\xc3\xa9\\xff\\x00\n");
  CHECK(text_dump({}, Direction::out, "t") == "t > \n");
}

TEST_CASE("the time of day has microseconds") {
  CHECK(std::regex_match(time_of_day(), std::regex("\\d\\d:\\d\\d:\\d\\d\\.\\d{6}")));
}

}  // namespace
