// Counting allocations. Link test_allocations to an executable that wants it: its operator new
// then takes the place of the standard one.
#pragma once

#include <cstddef>

namespace support {

// Calls of any operator new that this thread has made so far.
std::size_t allocations() noexcept;

}  // namespace support
