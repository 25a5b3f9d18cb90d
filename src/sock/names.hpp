// Names of constants: text <-> number for families, types, protocols, levels, options and flags.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sock::names {

enum class Kind : std::uint8_t {
  family,    // AF_INET
  type,      // SOCK_STREAM
  protocol,  // IPPROTO_TCP, CAN_RAW, NETLINK_ROUTE, ...
  msg_flag,  // MSG_PEEK
  ai_flag,   // AI_PASSIVE
  ni_flag,   // NI_NUMERICHOST
  eai,       // EAI_NONAME
};

// A name that stands in its table itself: pointers in tables have to be patched at every start of
// a program, page by page.
class Text {
 public:
  template <std::size_t size>
  constexpr Text(const char (&text)[size]) : size_(size - 1) {
    static_assert(size <= sizeof text_);
    for (std::size_t i = 0; i < size; ++i) text_[i] = text[i];
  }
  constexpr std::string_view view() const noexcept { return {text_, size_}; }
  constexpr operator std::string_view() const noexcept { return view(); }

 private:
  char text_[31] = {};
  std::uint8_t size_;
};

struct Name {
  Kind kind;
  Text text;
  int value;
  int family;  // of a protocol: the family it belongs to, AF_UNSPEC for IPPROTO_*
};

// How an option's value reads.
enum class OptionValue : std::uint8_t {
  boolean,  // int, 0 or 1
  integer,  // int
  size,     // int, in bytes
  size64,   // std::uint64_t, in bytes
  linger,   // struct linger: seconds, or "off"
  time,     // struct timeval
  text,     // bytes: an interface, a congestion control
  ipv4,     // struct in_addr
};

struct Option {
  Text text;  // "SO_RCVBUF"
  int level;  // SOL_SOCKET
  int name;   // SO_RCVBUF
  OptionValue value;
};

// Every constant and option this system has, sorted by kind, then by text.
std::span<const Name> all() noexcept;
std::span<const Option> options() noexcept;

// Case does not count, and the kind's prefix may be left out: "inet6" and "AF_INET6", "dgram",
// "udp" and "IPPROTO_UDP". A number in decimal or 0x… is taken as it is. `family` decides between
// protocols of the same name.
std::optional<int> value(Kind, std::string_view text, int family = 0) noexcept;
// The first name of a value, "" when it has none.
std::string_view text(Kind, int value, int family = 0) noexcept;
// As text(), or the number in decimal.
std::string text_or_number(Kind, int value, int family = 0);
const Option* option(std::string_view text) noexcept;
// "AI_PASSIVE|AI_CANONNAME"; "0" for none; unknown bits as 0x….
std::string flags(Kind, int bits);

}  // namespace sock::names
