// What this process has open.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace support {

// The number of open descriptors, the one that counts them left out.
inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator fds("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(fds), end(fds))) - 1;
}

}  // namespace support
