// The answers of `sock resolve` as text. Pure.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cmd/resolve.hpp"
#include "sock/error.hpp"
#include "sock/resolve.hpp"

namespace sock::cmd {

// An address, and the one of this machine that the kernel would use to reach it ("" when there is
// no route; the note then says so).
struct Found {
  AddressInfo info;
  std::string source = {};
  std::string note = {};
};

// getnameinfo()'s.
struct ReverseName {
  std::string host, service;
};
// What one word or number says: {"port", 80}.
struct Fact {
  const char* key;
  std::variant<std::string, int> value;
};

using Answer = std::variant<std::vector<Found>, HostEntry, ReverseName, Fact>;

// How long the look-ups of a name took, those that failed included.
struct Times {
  std::vector<std::chrono::nanoseconds> took;
  unsigned failed = 0;
};

// As the plan shows it, a newline at the end. `times`: of --count, which is then what is asked for:
// plain text has it in place of the answer.
std::string text_of(const ResolvePlan&, const ResolvePlan::Name&, const Answer&,
                    const std::optional<Times>& times = {});
// An object for JSON, else nothing: errors are told on standard error.
std::string text_of(const ResolvePlan&, const ResolvePlan::Name&, const std::exception_ptr&);

// "a.test:80", "[::1]:80".
std::string label_of(const ResolvePlan::Name&);

// "a.test  5 look-ups  0 failed  min 1ms  median 2ms  max 4ms" and a newline.
std::string line_of(const ResolvePlan::Name&, const Times&);

// What a line of plain text was added ("+ ...") and what is gone ("- ...") since `before`.
std::string changes(const std::string& before, const std::string& after);

// print(tuple) for each of Python's socket.getaddrinfo().
std::string python_text(const std::vector<AddressInfo>&);

}  // namespace sock::cmd
