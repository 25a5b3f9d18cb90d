#include "wire/can.hpp"

#include <linux/can.h>
#include <linux/can/raw.h>

#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace sock;
using namespace sock::wire;

namespace {

template <class Value>
std::vector<Value> values(const SocketOption& option) {
  std::vector<Value> all(option.value.size() / sizeof(Value));
  REQUIRE(option.value.size() == all.size() * sizeof(Value));
  std::memcpy(all.data(), option.value.data(), option.value.size());
  return all;
}

std::string refusal(std::string_view text) {
  try {
    (void)can_filter_options(text);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("filters of CAN frames are an identifier and a mask") {
  const auto options = can_filter_options("123:7FF,18DB33F1:1FFFFFFF,400~700,0:0");
  REQUIRE(options.size() == 1);
  CHECK(options[0].level == SOL_CAN_RAW);
  CHECK(options[0].name == CAN_RAW_FILTER);
  CHECK(options[0].text == "--can-filter 123:7FF,18DB33F1:1FFFFFFF,400~700,0:0");
  const auto filters = values<can_filter>(options[0]);
  REQUIRE(filters.size() == 4);
  CHECK(filters[0].can_id == 0x123);
  CHECK(filters[0].can_mask == 0x7FF);
  CHECK(filters[1].can_id == (CAN_EFF_FLAG | 0x18DB33F1));
  CHECK(filters[1].can_mask == 0x1FFFFFFF);
  CHECK(filters[2].can_id == (CAN_INV_FILTER | 0x400));
  CHECK(filters[2].can_mask == 0x700);
  CHECK(filters[3].can_mask == 0);
}

TEST_CASE("a mask may tell the kinds of frames apart, but for errors, which have their own") {
  const auto filters = values<can_filter>(can_filter_options("123:E00007FF")[0]);
  CHECK(filters[0].can_mask == (CAN_EFF_FLAG | CAN_RTR_FLAG | 0x7FF));
  const auto options = can_filter_options("#1FFFFFFF,j,123:7FF");
  REQUIRE(options.size() == 3);
  CHECK(options[0].name == CAN_RAW_FILTER);
  CHECK(options[1].name == CAN_RAW_ERR_FILTER);
  CHECK(values<can_err_mask_t>(options[1]) == std::vector<can_err_mask_t>{CAN_ERR_MASK});
  CHECK(options[2].name == CAN_RAW_JOIN_FILTERS);
  CHECK(values<int>(options[2]) == std::vector<int>{1});
  CHECK(can_filter_options("#4").size() == 1);
}

TEST_CASE("what is no filter is refused with its column") {
  CHECK(refusal("") == "'': column 1: expected ID:MASK, ID~MASK, #ERRORS or j");
  CHECK(refusal("123") == "'123': column 4: expected \":\" or \"~\" and a mask");
  CHECK(refusal("123:") == "'123:': column 5: expected a mask in hexadecimal");
  CHECK(refusal("123:7FF x") == "'123:7FF x': column 8: expected a comma, or the end");
  CHECK(refusal("123:7FF,") == "'123:7FF,': column 9: expected ID:MASK, ID~MASK, #ERRORS or j");
  CHECK(refusal("#") == "'#': column 2: expected the classes of errors, in hexadecimal");
  CHECK(refusal("123456789:7FF") ==
        "'123456789:7FF': column 1: expected ID:MASK, ID~MASK, #ERRORS or j");
  std::string many = "0:0";
  for (int i = 0; i < 512; ++i) many += ",0:0";
  CHECK(refusal(many).ends_with("expected no more than 512 filters"));
}

TEST_CASE("other sockets are left alone") {
  Socket socket(AF_UNIX, SOCK_DGRAM);
  const auto before = socket.getsockopt(SOL_SOCKET, SO_SNDBUF);
  set_up_can(socket);
  CHECK(socket.getsockopt(SOL_SOCKET, SO_SNDBUF) == before);
}
