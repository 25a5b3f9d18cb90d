#include "wire/dns_message.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <map>

#include "wire/inet_bytes.hpp"

namespace sock::wire {

namespace {

using detail::byte_at;
using detail::number_at;
using detail::number_bytes;

constexpr std::size_t header_size = 12;
constexpr std::size_t longest_name = 255, longest_label = 63;
constexpr std::uint16_t class_in = 1, type_cname = 5;

// A name as messages hold it, without pointers, in lower case: names are compared without regard to
// case (RFC 4343).
using WireName = std::string;

char lower(char c) noexcept {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

WireName to_wire(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  WireName name;
  while (!text.empty()) {
    const auto label = text.substr(0, text.find('.'));
    if (label.empty() || label.size() > longest_label)
      throw DnsError("a label of a name has 1 to 63 bytes");
    name += static_cast<char>(label.size());
    name += label;
    text.remove_prefix(std::min(label.size() + 1, text.size()));
  }
  name += '\0';
  if (name.size() > longest_name) throw DnsError("a name has at most 255 bytes");
  return name;
}

WireName in_lower_case(WireName name) {
  // Lengths are below 'A'.
  std::transform(name.begin(), name.end(), name.begin(), lower);
  return name;
}

// Reads a message from front to back. Throws DnsError where it ends too soon.
class Reader {
 public:
  explicit Reader(std::string_view message) noexcept : message_(message) {}

  std::uint16_t number() { return number_at(take(2), 0); }
  std::uint32_t long_number() {
    const std::uint32_t high = number();
    return high << 16 | number();
  }
  std::string_view take(std::size_t count) {
    if (count > message_.size() - at_) throw DnsError("the answer ends too soon");
    at_ += count;
    return message_.substr(at_ - count, count);
  }
  WireName name();
  // The same for one that begins elsewhere.
  WireName name_at(std::size_t at) const;
  std::size_t at() const noexcept { return at_; }

 private:
  std::string_view message_;
  std::size_t at_ = 0;
};

// A pointer must lead to what stands before all that was read of the name: so it comes to an end,
// and soon.
WireName Reader::name() {
  WireName name;
  std::size_t before = at_;  // where this part of it begins
  Reader reader = *this;
  bool jumped = false;
  for (std::size_t parts = 0; parts <= longest_name; ++parts) {
    const std::uint8_t length = byte_at(reader.take(1), 0);
    if (length >= 0xC0) {
      const std::size_t target = (length & 0x3FU) << 8 | byte_at(reader.take(1), 0);
      if (!jumped) at_ = reader.at_;
      jumped = true;
      if (target >= before) throw DnsError("a name in the answer points at itself");
      before = reader.at_ = target;
      continue;
    }
    if (length > longest_label) throw DnsError("a label in the answer is of no known kind");
    name += static_cast<char>(length);
    if (name.size() + length > longest_name) throw DnsError("a name in the answer is too long");
    name += reader.take(length);
    if (length != 0) continue;
    if (!jumped) at_ = reader.at_;
    return in_lower_case(std::move(name));
  }
  throw DnsError("a name in the answer has too many parts");
}

WireName Reader::name_at(std::size_t at) const {
  Reader reader = *this;
  reader.at_ = at;
  return reader.name();
}

// What the answer's records say of names.
class Records {
 public:
  void read(Reader&, std::string_view message, std::uint16_t type);
  // Follows the aliases from the name.
  void addresses_of(WireName name, DnsAnswer&) const;

 private:
  struct Address {
    std::string text;
    std::uint32_t seconds;
  };
  struct Alias {
    WireName name;
    std::uint32_t seconds;
  };
  std::multimap<WireName, Address> addresses_;
  std::map<WireName, Alias> aliases_;
};

void Records::read(Reader& reader, std::string_view message, std::uint16_t wanted) {
  WireName owner = reader.name();
  const std::uint16_t type = reader.number(), in_class = reader.number();
  const std::uint32_t ttl = reader.long_number();
  // RFC 2181, 8: the highest bit makes it 0.
  const std::uint32_t seconds = ttl > 0x7FFFFFFFU ? 0 : ttl;
  const std::uint16_t size = reader.number();
  const std::size_t at = reader.at();
  const std::string_view data = reader.take(size);
  if (in_class != class_in) return;
  if (type == type_cname) {
    // It may point at what stands before, but not reach beyond its own end.
    Reader alias = Reader(message.substr(0, at + size));
    aliases_.emplace(std::move(owner), Alias{alias.name_at(at), seconds});
  } else if (type == wanted) {
    const std::size_t length = wanted == static_cast<std::uint16_t>(DnsType::a) ? 4 : 16;
    if (size != length) throw DnsError("an address in the answer has the wrong length");
    addresses_.emplace(std::move(owner), Address{detail::inet_text(data), seconds});
  }
}

void Records::addresses_of(WireName name, DnsAnswer& answer) const {
  const auto keep_for = [&answer](std::uint32_t seconds) {
    answer.seconds = std::min(answer.seconds.value_or(seconds), seconds);
  };
  // Each alias is passed once; more steps than there are go in a circle.
  for (std::size_t step = 0; step <= aliases_.size(); ++step) {
    const auto [first, last] = addresses_.equal_range(name);
    for (auto one = first; one != last; ++one) {
      answer.addresses.push_back(one->second.text);
      keep_for(one->second.seconds);
    }
    const auto alias = aliases_.find(name);
    if (first != last || alias == aliases_.end()) return;
    keep_for(alias->second.seconds);
    name = alias->second.name;
  }
  throw DnsError("the aliases in the answer go in a circle");
}

}  // namespace

std::string text(DnsCode code) {
  static constexpr std::array<const char*, 6> names{"NOERROR",  "FORMERR", "SERVFAIL",
                                                    "NXDOMAIN", "NOTIMP",  "REFUSED"};
  const auto number = static_cast<std::size_t>(code);
  return number < names.size() ? names[number] : "RCODE " + std::to_string(number);
}

std::string dns_query(const DnsQuestion& question, std::uint16_t id) {
  constexpr std::uint16_t recursion_desired = 0x0100;
  std::string query = number_bytes(id) + number_bytes(recursion_desired) + number_bytes(1) +
                      number_bytes(0) + number_bytes(0) + number_bytes(0);
  return query + to_wire(question.name) + number_bytes(static_cast<std::uint16_t>(question.type)) +
         number_bytes(class_in);
}

std::optional<DnsAnswer> parse_dns_answer(std::string_view message, const DnsQuestion& question,
                                          std::uint16_t id) {
  if (message.size() < header_size || number_at(message, 0) != id) return std::nullopt;
  Reader reader(message);
  reader.take(2);
  const std::uint16_t flags = reader.number();
  const bool response = (flags & 0x8000U) != 0;
  if (!response || (flags & 0x7800U) != 0) return std::nullopt;
  DnsAnswer answer;
  answer.code = static_cast<DnsCode>(flags & 0x000FU);
  answer.cut = (flags & 0x0200U) != 0;
  const std::uint16_t questions = reader.number(), records = reader.number();
  reader.take(4);
  const auto type = static_cast<std::uint16_t>(question.type);
  const WireName name = in_lower_case(to_wire(question.name));
  // A server that did not understand the question need not repeat it.
  if (questions == 0 && answer.code != DnsCode::no_error) return answer;
  if (questions != 1) return std::nullopt;
  const WireName asked = reader.name();
  const std::uint16_t asked_type = reader.number(), asked_class = reader.number();
  if (asked != name || asked_type != type || asked_class != class_in) return std::nullopt;
  // What is left of a cut answer is asked for again as a whole.
  if (answer.cut) return answer;
  Records all;
  for (std::uint16_t i = 0; i < records; ++i) all.read(reader, message, type);
  all.addresses_of(name, answer);
  return answer;
}

}  // namespace sock::wire
