// getaddrinfo()'s answer beside those of name servers, as text. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sock::cmd {

// What one who was asked said of the addresses of one family.
struct Told {
  std::string source = {};  // a server; "" of getaddrinfo()
  int family = 0;
  std::string name = {};                    // as it was asked for
  std::vector<std::string> addresses = {};  // sorted, each once
  std::string status = {};                  // why there are none
  bool answered = true;                     // though it be that there are none
  std::chrono::nanoseconds took{};
  std::optional<std::uint32_t> ttl = {};  // seconds
  bool tcp = false;                       // it was too large for a datagram
  std::string note = {};                  // where getaddrinfo() has it from
};

// All that were asked about one name. getaddrinfo() comes first, once for each family.
struct Comparison {
  std::string name;
  std::vector<Told> told;
};

// Of a server's answer, beside getaddrinfo()'s.
struct Difference {
  std::vector<std::string> lacks, adds;
  bool none() const noexcept { return lacks.empty() && adds.empty(); }
};
// Nothing where one of the two has no answer.
std::optional<Difference> difference(const Told& system, const Told& server);

// A line for each who was asked, under one of headings.
std::string table_text(const Comparison&);
// One object and a newline.
std::string json_text(const Comparison&);

}  // namespace sock::cmd
