// What this process holds open.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace test {

inline std::size_t open_descriptors() {
  // The iterator's own descriptor is counted every time.
  return static_cast<std::size_t>(std::distance(
      std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
}

}  // namespace test
