// Counting allocations, and letting them fail. Link test_allocations to an executable that wants
// it: its operator new then takes the place of the standard one.
#pragma once

#include <cstddef>

namespace support {

// Calls of any operator new that this thread has made so far.
std::size_t allocations() noexcept;

// While it lives, the allocations of this thread fail from the one after the next `succeed` on.
class AllocationsFail {
 public:
  explicit AllocationsFail(std::size_t succeed) noexcept;
  ~AllocationsFail();
  AllocationsFail(const AllocationsFail&) = delete;
  AllocationsFail& operator=(const AllocationsFail&) = delete;
};

}  // namespace support
