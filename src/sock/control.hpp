// Ancillary data in the kernel's form (cmsg(3)): items laid out for sending, and taken off what was
// received. Pure; not installed.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sock/fd.hpp"
#include "sock/message.hpp"

namespace sock::detail {

// The space of items so far with one of `size` bytes more. Throws Error where it passes INT_MAX
// (Errc::ancillary_too_large, ancillary_too_much).
std::size_t space_with(std::size_t total, std::size_t size);

// Every item behind its header, the padding zeroed. Throws as space_with.
std::string lay_out(std::span<const ControlMessage>);

struct ControlItem {
  int level;
  int type;
  std::string_view data;
};

// Reads received control data item by item, wherever it was cut. A header that does not fit ends
// the list; data that was cut is given as far as it came.
class ControlReader {
 public:
  explicit ControlReader(std::string_view raw) noexcept : rest_(raw) {}
  std::optional<ControlItem> next() noexcept;
  // Whether an item was cut in its data, or claimed to be shorter than its header.
  bool malformed() const noexcept { return malformed_; }

 private:
  std::string_view rest_;
  bool malformed_ = false;
};

// Takes over the descriptors that came in an item: none in most kinds, whole ones only where the
// item was cut. Those for which `into` has no room left are closed; so nothing is allocated.
void take_descriptors(const ControlItem&, std::vector<Fd>& into) noexcept;

}  // namespace sock::detail
