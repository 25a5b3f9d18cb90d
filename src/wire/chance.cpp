#include "wire/chance.hpp"

#include <sys/random.h>

#include <chrono>
#include <cstdint>

namespace sock::wire {

double chance() noexcept {
  std::uint32_t bits = 0;
  // At the very start of a machine there may be none yet.
  if (::getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits)
    bits = static_cast<std::uint32_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  return bits / 4294967296.0;
}

}  // namespace sock::wire
