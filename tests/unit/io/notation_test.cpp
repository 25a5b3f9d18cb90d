#include "io/notation.hpp"

#include <linux/can.h>
#include <linux/can/bcm.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "ends.hpp"

using ends::bytes;
using namespace sock::io;

namespace {

template <class Struct>
Struct as(const Message& message) {
  REQUIRE(message.size() >= sizeof(Struct));
  Struct value;
  std::memcpy(&value, message.data(), sizeof value);
  return value;
}

Message parsed(Notation notation, std::string_view line) {
  const auto message = parse_message(notation, line);
  REQUIRE(message.has_value());
  return *message;
}

std::string refusal(Notation notation, std::string_view line) {
  try {
    (void)parse_message(notation, line);
    return "";
  } catch (const NotationError& error) {
    return error.what();
  }
}

using Rows = std::vector<std::pair<std::string, std::string>>;

// Each line, and as it is written; and that is written the same again.
void reads_and_writes(Notation notation, const Rows& rows) {
  for (const auto& row : rows) {
    const std::string& line = row.first;
    const std::string& written = row.second;
    CAPTURE(line);
    const Message message = parsed(notation, line);
    CHECK(message_text(notation, message) == written);
    CHECK(parsed(notation, written) == message);
  }
}

void refuses(Notation notation, const Rows& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(refusal(notation, row.first) == row.second);
  }
}

constexpr auto id_expected =
    "expected an identifier: 3 hexadecimal digits up to 7FF, or 8 up to 1FFFFFFF, for errors to "
    "3FFFFFFF";

TEST_CASE("a time that the kernel would not take is in no message") {
  const Message good = parsed(Notation::bcm, "TX_SETUP 123 SETTIMER ival1=1s ival2=100ms 123#00");
  REQUIRE_NOTHROW((void)message_text(Notation::bcm, good));
  const auto with = [&](std::size_t offset, std::int64_t value) {
    Message message = good;
    std::memcpy(message.data() + offset, &value, sizeof value);
    return message;
  };
  const std::size_t first = offsetof(bcm_msg_head, ival1), second = offsetof(bcm_msg_head, ival2);
  const std::size_t micros = offsetof(bcm_timeval, tv_usec);
  for (const Message& message :
       {with(first, std::int64_t{1} << 59), with(first, -1), with(second, 34'560'001),
        with(second + micros, 1'000'000), with(second + micros, -1)})
    CHECK_THROWS_AS((void)message_text(Notation::bcm, message), NotationError);
}

}  // namespace

TEST_CASE("bytes are pairs of digits, with blanks between them or without") {
  CHECK(parsed(Notation::hex, "3e00FF") == Message{std::byte{0x3e}, std::byte{0}, std::byte{0xff}});
  reads_and_writes(Notation::hex,
                   {{"00", "00"}, {" 3E 00\tff \r", "3e00ff"}, {"", ""}, {"   ", ""}});
  refuses(Notation::hex, {{"3", "column 2: expected the second digit of a byte"},
                          {"3 e", "column 2: expected the second digit of a byte"},
                          {"00x1", "column 3: expected a hexadecimal digit"},
                          {"0x00", "column 2: expected the second digit of a byte"}});
}

TEST_CASE("CAN frames are written as candump writes them") {
  reads_and_writes(Notation::can,
                   {{"123#DEADBEEF", "123#DEADBEEF"},
                    {"123#deadbeef", "123#DEADBEEF"},
                    {"7ff#", "7FF#"},
                    {"000#00", "000#00"},
                    {"123#11.22.33", "123#112233"},
                    {"  123#1122  \r", "123#1122"},
                    {"123#0011223344556677", "123#0011223344556677"},
                    {"123#0011223344556677_B", "123#0011223344556677_B"},
                    {"18DB33F1#3E", "18DB33F1#3E"},
                    {"00000123#3E", "00000123#3E"},
                    {"123#R", "123#R"},
                    {"123#r", "123#R"},
                    {"123#R0", "123#R"},
                    {"123#R5", "123#R5"},
                    {"123#R8_F", "123#R8_F"},
                    {"18DB33F1#R", "18DB33F1#R"},
                    {"123##0", "123##0"},
                    {"123##1CAFE", "123##1CAFE"},
                    {"123##3CA.FE", "123##3CAFE"},
                    {"123##0" + std::string(128, 'A'), "123##0" + std::string(128, 'A')},
                    {"1FFFFFFF##0", "1FFFFFFF##0"},
                    {"20000004#0004000000000000", "20000004#0004000000000000"}});
}

TEST_CASE("a CAN frame has the layout of the kernel") {
  const auto classic = as<can_frame>(parsed(Notation::can, "123#DEADBEEF"));
  CHECK(classic.can_id == 0x123);
  CHECK(classic.len == 4);
  CHECK(classic.data[0] == 0xDE);
  CHECK(classic.data[3] == 0xEF);
  CHECK(parsed(Notation::can, "123#DEADBEEF").size() == CAN_MTU);
  CHECK(as<can_frame>(parsed(Notation::can, "00000123#")).can_id == (CAN_EFF_FLAG | 0x123));
  CHECK(as<can_frame>(parsed(Notation::can, "123#R3")).can_id == (CAN_RTR_FLAG | 0x123));
  CHECK(as<can_frame>(parsed(Notation::can, "123#R3")).len == 3);
  CHECK(as<can_frame>(parsed(Notation::can, "123#0011223344556677_9")).len8_dlc == 9);
  CHECK(as<can_frame>(parsed(Notation::can, "20000004#00")).can_id == (CAN_ERR_FLAG | 4));
  const Message fd = parsed(Notation::can, "123##1CAFE");
  CHECK(fd.size() == CANFD_MTU);
  CHECK(as<canfd_frame>(fd).flags == CANFD_BRS);
  CHECK(as<canfd_frame>(fd).len == 2);
  CHECK(as<canfd_frame>(fd).data[1] == 0xFE);
}

TEST_CASE("a frame that cannot be is refused with the column") {
  const std::string id = id_expected;
  refuses(
      Notation::can,
      {{"12#00", "column 1: " + id},
       {"1234#00", "column 1: " + id},
       {"800#00", "column 1: " + id},
       {"80000000#00", "column 1: " + id},
       {" x", "column 2: " + id},
       {"123", "column 4: expected \"#\" after the identifier"},
       {"123 #00", "column 4: expected \"#\" after the identifier"},
       {"123#0", "column 6: expected the second digit of a byte"},
       {"123#00.", "column 8: expected a byte after the dot"},
       {"123#001122334455667788",
        "column 21: expected the end of the data: the frame has 8 bytes already"},
       {"123#xx", "column 5: expected hexadecimal data, two digits a byte"},
       {"123#00 11", "column 7: expected the end of the line"},
       {"123#R9", "column 6: expected a length from 0 to 8"},
       {"123#00_9", "column 8: expected after 8 bytes a length code from 9 to F"},
       {"123#0011223344556677_8", "column 22: expected after 8 bytes a length code from 9 to F"},
       {"20000004#R", "column 10: expected data: an error is no request"},
       {"20000004##0", "column 10: expected data: an error is no CAN FD frame"},
       {"123##", "column 6: expected the flags, from 0 to 7"},
       {"123##8", "column 6: expected the flags, from 0 to 7"},
       {"123##0112233445566778899",
        "column 7: expected 0 to 8, 12, 16, 20, 24, 32, 48 or 64 bytes, not 9"}});
}

TEST_CASE("a blank line is no frame") {
  for (const char* line : {"", " ", "\t\r"}) {
    CHECK_FALSE(parse_message(Notation::can, line).has_value());
    CHECK_FALSE(parse_message(Notation::bcm, line).has_value());
  }
}

TEST_CASE("what is no frame has no text") {
  CHECK_THROWS_WITH_AS((void)message_text(Notation::can, bytes("short")),
                       "a message of 5 bytes is no CAN frame; --framing none takes it as it is",
                       NotationError);
  CHECK_THROWS_AS((void)message_text(Notation::can, bytes("")), NotationError);
  CHECK_THROWS_AS((void)message_text(Notation::bcm, bytes(std::string(55, '\1'))), NotationError);
  CHECK_THROWS_AS((void)message_text(Notation::bcm, bytes(std::string(56, '\0'))), NotationError);
}

TEST_CASE("lengths in a frame are believed no further than its room") {
  can_frame classic{};
  classic.len = 255;
  CHECK(message_text(Notation::can, std::as_bytes(std::span(&classic, 1))) ==
        "000#0000000000000000");
  canfd_frame fd{};
  fd.len = 255;
  CHECK(message_text(Notation::can, std::as_bytes(std::span(&fd, 1))) ==
        "000##0" + std::string(128, '0'));
}

TEST_CASE("messages of the broadcast manager are a line of words") {
  reads_and_writes(
      Notation::bcm,
      {{"TX_SETUP 123 SETTIMER STARTTIMER count=10 ival1=20ms ival2=100ms 123#DEADBEEF",
        "TX_SETUP 123 SETTIMER STARTTIMER count=10 ival1=20ms ival2=100ms 123#DEADBEEF"},
       {"tx_setup 123 ival2=1500us starttimer settimer 123#00 123#01",
        "TX_SETUP 123 SETTIMER STARTTIMER ival2=1500us 123#00 123#01"},
       {"TX_SEND 18DB33F1 18DB33F1#3E", "TX_SEND 18DB33F1 18DB33F1#3E"},
       {"TX_DELETE 123", "TX_DELETE 123"},
       {"TX_READ 123", "TX_READ 123"},
       {"RX_SETUP 123 RX_FILTER_ID", "RX_SETUP 123 RX_FILTER_ID"},
       {"RX_SETUP 123#R RX_RTR_FRAME 123#CAFE", "RX_SETUP 123#R RX_RTR_FRAME 123#CAFE"},
       {"RX_SETUP 123 SETTIMER ival1=2s 123#FF", "RX_SETUP 123 SETTIMER ival1=2s 123#FF"},
       {"TX_SEND 123 123##1CAFE", "TX_SEND 123 CAN_FD_FRAME 123##1CAFE"},
       {"RX_DELETE 123 CAN_FD_FRAME", "RX_DELETE 123 CAN_FD_FRAME"},
       {"TX_DELETE 123 flags=0x10000", "TX_DELETE 123 flags=0x00010000"},
       {"RX_TIMEOUT 123 ival1=1000001us", "RX_TIMEOUT 123 ival1=1000001us"}});
}

TEST_CASE("a message of the broadcast manager has the layout of the kernel") {
  const Message message = parsed(
      Notation::bcm, "TX_SETUP 123 SETTIMER STARTTIMER count=3 ival1=1500ms ival2=20us 124#CAFE");
  REQUIRE(message.size() == sizeof(bcm_msg_head) + CAN_MTU);
  bcm_msg_head head;
  std::memcpy(&head, message.data(), sizeof head);
  CHECK(head.opcode == TX_SETUP);
  CHECK(head.flags == (SETTIMER | STARTTIMER));
  CHECK(head.count == 3);
  CHECK(head.ival1.tv_sec == 1);
  CHECK(head.ival1.tv_usec == 500000);
  CHECK(head.ival2.tv_usec == 20);
  CHECK(head.can_id == 0x123);
  CHECK(head.nframes == 1);
  can_frame frame;
  std::memcpy(&frame, message.data() + sizeof head, sizeof frame);
  CHECK(frame.can_id == 0x124);
  CHECK(frame.len == 2);
}

TEST_CASE("a message of the broadcast manager that cannot be is refused with the column") {
  std::string many = "TX_SETUP 123";
  for (int i = 0; i < 257; ++i) many += " 123#";
  refuses(Notation::bcm,
          {{"TX_START 123",
            "column 1: expected TX_SETUP, TX_SEND, TX_DELETE, TX_READ, RX_SETUP, RX_DELETE, ..."},
           {"TX_SETUP", std::string("column 9: ") + id_expected},
           {"TX_SETUP 123x", "column 13: expected a blank after the identifier"},
           {"TX_SETUP 123 soon",
            "column 14: expected a flag, count=N, ival1=TIME, ival2=TIME or a "
            "frame"},
           {"TX_SETUP 123 count=x", "column 20: expected a number of frames"},
           {"TX_SETUP 123 ival2=5", "column 20: expected a time with its unit: 20us, 100ms, 5s"},
           {"TX_SETUP 123 ival2=s", "column 20: expected a time with its unit: 20us, 100ms, 5s"},
           {"TX_SETUP 123 ival2=99999999s",
            "column 20: expected a time with its unit: 20us, 100ms, 5s"},
           {"TX_SETUP 123 ival3=5s", "column 14: expected count=, ival1=, ival2= or flags="},
           {"TX_SETUP 123 flags=1", "column 20: expected 0x and hexadecimal digits"},
           {"TX_SETUP 123 123#0", "column 19: expected the second digit of a byte"},
           {"TX_SETUP 123 123#00 123##0",
            "column 21: expected a frame of the same kind as the one before"},
           {"TX_SETUP 123 CAN_FD_FRAME 123#",
            "column 27: expected a CAN FD frame, as CAN_FD_FRAME says"},
           {many, "column 1294: expected no more than 256 frames"}});
}
