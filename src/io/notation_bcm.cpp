// Messages of the CAN broadcast manager: a line of words.
//
//   OPCODE ID [FLAG...] [count=N] [ival1=TIME] [ival2=TIME] [FRAME...]
#include <linux/can/bcm.h>

#include <array>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

#include "io/notation_parts.hpp"

namespace sock::io::detail {

namespace {

struct Word {
  std::string_view text;
  __u32 value;
};

constexpr std::array opcodes{
    Word{"TX_SETUP", TX_SETUP},   Word{"TX_DELETE", TX_DELETE},   Word{"TX_READ", TX_READ},
    Word{"TX_SEND", TX_SEND},     Word{"RX_SETUP", RX_SETUP},     Word{"RX_DELETE", RX_DELETE},
    Word{"RX_READ", RX_READ},     Word{"TX_STATUS", TX_STATUS},   Word{"TX_EXPIRED", TX_EXPIRED},
    Word{"RX_STATUS", RX_STATUS}, Word{"RX_TIMEOUT", RX_TIMEOUT}, Word{"RX_CHANGED", RX_CHANGED},
};

constexpr std::array flags{
    Word{"SETTIMER", SETTIMER},
    Word{"STARTTIMER", STARTTIMER},
    Word{"TX_COUNTEVT", TX_COUNTEVT},
    Word{"TX_ANNOUNCE", TX_ANNOUNCE},
    Word{"TX_CP_CAN_ID", TX_CP_CAN_ID},
    Word{"RX_FILTER_ID", RX_FILTER_ID},
    Word{"RX_CHECK_DLC", RX_CHECK_DLC},
    Word{"RX_NO_AUTOTIMER", RX_NO_AUTOTIMER},
    Word{"RX_ANNOUNCE_RESUME", RX_ANNOUNCE_RESUME},
    Word{"TX_RESET_MULTI_IDX", TX_RESET_MULTI_IDX},
    Word{"RX_RTR_FRAME", RX_RTR_FRAME},
    Word{"CAN_FD_FRAME", CAN_FD_FRAME},
};

struct Unit {
  std::string_view text;
  std::uint64_t microseconds;
};
constexpr std::array units{Unit{"us", 1}, Unit{"ms", 1000}, Unit{"s", 1'000'000}};
constexpr std::uint64_t longest_time = 400ULL * 24 * 3600 * 1'000'000;  // the kernel's

constexpr std::size_t most_frames = 256;  // the kernel takes no more

bool same(std::string_view a, std::string_view upper) noexcept {
  return a.size() == upper.size() &&
         std::equal(a.begin(), a.end(), upper.begin(), [](char x, char y) {
           return (x >= 'a' && x <= 'z' ? static_cast<char>(x - 'a' + 'A') : x) == y;
         });
}

std::optional<__u32> find(std::span<const Word> words, std::string_view text) noexcept {
  const auto found = std::find_if(words.begin(), words.end(),
                                  [&](const Word& word) { return same(text, word.text); });
  return found == words.end() ? std::nullopt : std::optional(found->value);
}

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) noexcept {
  Number value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::optional<bcm_timeval> parse_time(std::string_view text) noexcept {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto value = number<std::uint64_t>(text.substr(0, digits));
  const std::string_view unit = text.substr(digits);
  for (const Unit& known : units) {
    if (unit != known.text || !value || *value > longest_time / known.microseconds) continue;
    const std::uint64_t all = *value * known.microseconds;
    return bcm_timeval{static_cast<long>(all / 1'000'000), static_cast<long>(all % 1'000'000)};
  }
  return {};
}

// As the kernel has it.
bool is_time(const bcm_timeval& time) noexcept {
  return time.tv_sec >= 0 && time.tv_sec <= static_cast<long>(longest_time / 1'000'000) &&
         time.tv_usec >= 0 && time.tv_usec < 1'000'000;
}

// With the largest unit in which it is a whole number.
std::string time_text(const bcm_timeval& time) {
  if (time.tv_usec == 0) return std::to_string(time.tv_sec) + 's';
  const long all = time.tv_sec * 1'000'000 + time.tv_usec;
  return all % 1000 == 0 ? std::to_string(all / 1000) + "ms" : std::to_string(all) + "us";
}

// Reads one message.
class Reader {
 public:
  Reader(Scanner& line, bcm_msg_head& head) : line_(line), head_(head), message_(sizeof head) {}

  Message read() {
    const auto opcode = find(opcodes, line_.word());
    if (!opcode) line_.fail("TX_SETUP, TX_SEND, TX_DELETE, TX_READ, RX_SETUP, RX_DELETE, ...");
    head_.opcode = *opcode;
    line_.go_to(line_.at() + line_.word().size());
    line_.skip_blanks();
    head_.can_id = parse_can_id(line_);
    if (line_.rest().starts_with("#R")) {
      head_.can_id |= CAN_RTR_FLAG;
      line_.go_to(line_.at() + 2);
    }
    if (!line_.at_end() && !is_blank(line_.peek())) line_.fail("a blank after the identifier");
    for (line_.skip_blanks(); !line_.at_end(); line_.skip_blanks()) part();
    std::memcpy(message_.data(), &head_, sizeof head_);
    return std::move(message_);
  }

 private:
  void part() {
    const std::string_view word = line_.word();
    const std::size_t equals = word.find('=');
    if (word.find('#') != word.npos) return frame();
    if (equals == word.npos) {
      const auto flag = find(flags, word);
      if (!flag) line_.fail("a flag, count=N, ival1=TIME, ival2=TIME or a frame");
      head_.flags |= *flag;
    } else {
      value(word.substr(0, equals), word.substr(equals + 1), line_.at() + equals + 1);
    }
    line_.go_to(line_.at() + word.size());
  }

  void value(std::string_view key, std::string_view text, std::size_t at) {
    if (key == "count") {
      const auto count = number<__u32>(text);
      if (!count) line_.fail_at(at, "a number of frames");
      head_.count = *count;
    } else if (key == "ival1" || key == "ival2") {
      const auto time = parse_time(text);
      if (!time) line_.fail_at(at, "a time with its unit: 20us, 100ms, 5s");
      (key == "ival1" ? head_.ival1 : head_.ival2) = *time;
    } else if (key == "flags") {
      const auto bits =
          text.starts_with("0x") ? number<__u32>(text.substr(2), 16) : std::optional<__u32>();
      if (!bits) line_.fail_at(at, "0x and hexadecimal digits");
      head_.flags |= *bits;
    } else {
      line_.fail("count=, ival1=, ival2= or flags=");
    }
  }

  // The frames are all of one kind, and the head says of which.
  void frame() {
    const std::size_t at = line_.at();
    const Message bytes = parse_can_frame(line_);
    const bool fd = bytes.size() == CANFD_MTU;
    if (head_.nframes != 0 && fd != ((head_.flags & CAN_FD_FRAME) != 0))
      line_.fail_at(at, "a frame of the same kind as the one before");
    if (!fd && (head_.flags & CAN_FD_FRAME) != 0)
      line_.fail_at(at, "a CAN FD frame, as CAN_FD_FRAME says");
    if (head_.nframes == most_frames) line_.fail_at(at, "no more than 256 frames");
    if (fd) head_.flags |= CAN_FD_FRAME;
    ++head_.nframes;
    message_.insert(message_.end(), bytes.begin(), bytes.end());
  }

  Scanner& line_;
  bcm_msg_head& head_;  // its frames are an array without an end, which no class can have inside
  Message message_;
};

}  // namespace

Message parse_bcm(Scanner& line) {
  bcm_msg_head head;
  std::memset(&head, 0, sizeof head);  // {} would have an array without an end
  return Reader(line, head).read();
}

std::string bcm_text(std::span<const std::byte> bytes) {
  const auto no_message = [&] {
    return NotationError("a message of " + std::to_string(bytes.size()) +
                         " bytes is none of the broadcast manager; --framing none takes it as it "
                         "is");
  };
  if (bytes.size() < sizeof(bcm_msg_head)) throw no_message();
  const auto head = read_as<bcm_msg_head>(bytes);
  const auto opcode =
      std::find_if(opcodes.begin(), opcodes.end(),
                   [value = head.opcode](const Word& word) { return word.value == value; });
  const std::size_t size = (head.flags & CAN_FD_FRAME) != 0 ? CANFD_MTU : CAN_MTU;
  auto frames = bytes.subspan(sizeof head);
  if (opcode == opcodes.end() || frames.size() % size != 0 ||
      frames.size() / size != head.nframes || head.nframes > most_frames)
    throw no_message();
  if (!is_time(head.ival1) || !is_time(head.ival2)) throw no_message();

  std::string text(opcode->text);
  text += ' ';
  add_can_id(text, head.can_id);
  if ((head.can_id & CAN_RTR_FLAG) != 0) text += "#R";
  __u32 left = head.flags;
  for (const Word& flag : flags) {
    if ((left & flag.value) == 0) continue;
    text.append(1, ' ').append(flag.text);
    left &= ~flag.value;
  }
  if (left != 0) {
    text += " flags=0x";
    add_hex(text, left, 8, false);
  }
  if (head.count != 0) text += " count=" + std::to_string(head.count);
  const auto add_time = [&](const char* key, const bcm_timeval& time) {
    if (time.tv_sec != 0 || time.tv_usec != 0) text += key + time_text(time);
  };
  add_time(" ival1=", head.ival1);
  add_time(" ival2=", head.ival2);
  for (; !frames.empty(); frames = frames.subspan(size)) {
    text += ' ';
    add_can_frame(text, frames.first(size));
  }
  return text;
}

}  // namespace sock::io::detail
