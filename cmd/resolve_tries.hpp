// A name looked up once, until it is found, or so many times.
#pragma once

#include <functional>
#include <string>

#include "cmd/exit.hpp"
#include "cmd/resolve_text.hpp"

namespace sock::cmd {

// What there is to say of a name.
struct Outcome {
  std::string data;   // for standard output
  std::string error;  // "" where there is none
  Exit exit = Exit::done;
};

// One look-up, which gives up after that time. Throws Error, Unconfirmed.
using LookUp = std::function<Answer(const ResolvePlan::Name&, Timeout)>;

// Takes as long as the plan allows, in the calling thread.
Outcome outcome_of(const ResolvePlan&, const ResolvePlan::Name&, const LookUp&);

}  // namespace sock::cmd
