// Plays an exchange with its input in one piece, cut in two at every place, and byte by byte: it
// must come to the same.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "wire/exchange.hpp"

namespace splits {

using sock::wire::Exchange;
using namespace std::string_literals;

struct Outcome {
  Exchange::State state;
  std::string sent, leftover, error;
  bool operator==(const Outcome&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Outcome& o) {
  constexpr const char* states[] = {"running", "done", "failed"};
  return out << states[static_cast<int>(o.state)] << ", sent '" << o.sent << "', left over '"
             << o.leftover << "', error '" << o.error << "'";
}

// `act` is called after each piece, for what the machine's user has to decide.
template <class Machine>
Outcome play(Machine machine, const std::vector<std::string_view>& pieces,
             const std::function<void(Machine&)>& act) {
  Outcome outcome{};
  for (const std::string_view piece : pieces) {
    machine.feed(piece);
    if (act && machine.state() == Exchange::State::running) act(machine);
  }
  outcome.sent = machine.take_output();
  outcome.state = machine.state();
  outcome.error = machine.error();
  if (outcome.state == Exchange::State::done) outcome.leftover = machine.take_leftover();
  return outcome;
}

template <class Machine>
Outcome play_all(const Machine& machine, std::string_view input,
                 const std::function<void(Machine&)>& act = {}) {
  const Outcome whole = play<Machine>(machine, {input}, act);
  for (std::size_t cut = 1; cut < input.size(); ++cut)
    CHECK(play<Machine>(machine, {input.substr(0, cut), input.substr(cut)}, act) == whole);
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < input.size(); ++i) bytes.push_back(input.substr(i, 1));
  CHECK(play<Machine>(machine, bytes, act) == whole);
  return whole;
}

}  // namespace splits
