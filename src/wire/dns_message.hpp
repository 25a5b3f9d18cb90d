// Messages of DNS (RFC 1035), as far as the question for the addresses of a name needs them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sock::wire {

enum class DnsType : std::uint16_t { a = 1, aaaa = 28 };

struct DnsQuestion {
  std::string name;  // in full, with or without the dot at its end
  DnsType type = DnsType::a;
};

// RFC 1035, 4.1.1; others are numbers.
enum class DnsCode : std::uint8_t {
  no_error,
  format_error,
  server_failure,
  no_such_name,
  not_implemented,
  refused,
};
// "NXDOMAIN", "RCODE 9".
std::string text(DnsCode);

struct DnsAnswer {
  DnsCode code = DnsCode::no_error;
  bool cut = false;                    // by the size of a datagram: to be asked for again by TCP
  std::vector<std::string> addresses;  // of the name, its aliases followed; as the message has them
  std::optional<std::uint32_t> seconds;  // for which all that led to them may be kept
};

// A name that no message can hold, or an answer that is none.
class DnsError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The query, which wants recursion. Throws DnsError for a name with an empty label, a label of more
// than 63 bytes, or more than 255 bytes in all.
std::string dns_query(const DnsQuestion&, std::uint16_t id);

// Nothing: it answers another question, for anybody may send datagrams. Throws DnsError for what
// does answer it, and is malformed.
std::optional<DnsAnswer> parse_dns_answer(std::string_view message, const DnsQuestion&,
                                          std::uint16_t id);

}  // namespace sock::wire
