#include "wire/can.hpp"

#include <linux/can.h>
#include <linux/can/raw.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "sock/error.hpp"

namespace sock::wire {

namespace {

template <class Value>
std::string bytes_of(const Value* values, std::size_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(Value)};
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<SocketOption> options() {
    do part();
    while (skip(','));
    if (at_ != text_.size()) fail(at_, "a comma, or the end");
    std::vector<SocketOption> all;
    const auto add = [&](int name, std::string value) {
      all.push_back({SOL_CAN_RAW, name, std::move(value), "--can-filter " + std::string(text_)});
    };
    if (!filters_.empty()) add(CAN_RAW_FILTER, bytes_of(filters_.data(), filters_.size()));
    if (errors_) add(CAN_RAW_ERR_FILTER, bytes_of(&*errors_, 1));
    const int on = 1;
    if (join_) add(CAN_RAW_JOIN_FILTERS, bytes_of(&on, 1));
    return all;
  }

 private:
  [[noreturn]] void fail(std::size_t at, std::string_view expected) const {
    throw UsageError("'" + std::string(text_) + "': column " + std::to_string(at + 1) +
                     ": expected " + std::string(expected));
  }

  bool skip(char c) noexcept {
    const bool there = at_ < text_.size() && text_[at_] == c;
    at_ += there;
    return there;
  }

  void part() {
    if (skip('#')) {
      errors_ = hex("the classes of errors, in hexadecimal").first & CAN_ERR_MASK;
    } else if (skip('j') || skip('J')) {
      join_ = true;
    } else {
      filter();
    }
  }

  // An identifier of eight digits has 29 bits.
  void filter() {
    const std::size_t begin = at_;
    auto [id, digits] = hex("ID:MASK, ID~MASK, #ERRORS or j");
    if (digits == 8) id |= CAN_EFF_FLAG;
    const bool all_but = skip('~');
    if (!all_but && !skip(':')) fail(at_, "\":\" or \"~\" and a mask");
    if (all_but) id |= CAN_INV_FILTER;
    const canid_t mask = hex("a mask in hexadecimal").first & ~CAN_ERR_FLAG;
    if (filters_.size() == CAN_RAW_FILTER_MAX) fail(begin, "no more than 512 filters");
    filters_.push_back({id, mask});
  }

  // The value, and how many digits it has.
  std::pair<canid_t, std::size_t> hex(std::string_view expected) {
    canid_t value = 0;
    const char* const begin = text_.data() + at_;
    const auto [stop, error] = std::from_chars(begin, text_.data() + text_.size(), value, 16);
    if (error != std::errc()) fail(at_, expected);
    const auto digits = static_cast<std::size_t>(stop - begin);
    at_ += digits;
    return {value, digits};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<can_filter> filters_;
  std::optional<can_err_mask_t> errors_;
  bool join_ = false;
};

}  // namespace

// An interface's queue has room for ten frames, and a frame more is lost: ENOBUFS. With a send
// buffer that is smaller than that the socket blocks before it comes to it.
void set_up_can(Socket& socket) {
  if (socket.family() != AF_CAN || socket.proto() != CAN_RAW) return;
  socket.setsockopt(SOL_CAN_RAW, CAN_RAW_FD_FRAMES, 1);
  socket.setsockopt(SOL_SOCKET, SO_SNDBUF, 0);  // the least there is
  // What is not taken in time is lost. More than the system's limit takes CAP_NET_ADMIN.
  const int room = 4 * 1024 * 1024;
  (void)::setsockopt(socket.fileno(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
}

std::vector<SocketOption> can_filter_options(std::string_view text) {
  return Parser(text).options();
}

}  // namespace sock::wire
