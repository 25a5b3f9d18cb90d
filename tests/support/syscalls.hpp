// The system calls a function makes, as the kernel sees them.
#pragma once

#include <functional>
#include <optional>
#include <vector>

namespace support {

// Runs `function` in a forked child, traced by ptrace(2), and returns the numbers (SYS_*) of the
// system calls it made, in order; calls that the vDSO answers (the clock) are none. Whatever the
// function needs is prepared before. The child is single-threaded, ends with _exit(2), and is
// killed by SIGALRM after ten seconds. Empty where this machine does not allow tracing.
// Throws std::runtime_error when the function threw or did not end.
std::optional<std::vector<long>> system_calls(const std::function<void()>& function);

}  // namespace support
