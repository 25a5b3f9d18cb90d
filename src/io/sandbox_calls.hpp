// Which system calls what is granted comes to. Pure.
#pragma once

#include <vector>

#include "io/sandbox.hpp"
#include "io/syscall_filter.hpp"

namespace sock::io {

// `own_signals` is the rule for tgkill(2), which is to go to this process only. The rules borrow
// it. None for a processor whose calls are not known here.
std::vector<CallRule> calls_of(const Grants&, const ArgumentRule& own_signals);

}  // namespace sock::io
