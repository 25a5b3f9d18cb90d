// Chance, for those who must not all do the same at the same time.
#pragma once

namespace sock::wire {

// A number in [0, 1), another one at every call and in every process. No secret.
double chance() noexcept;

}  // namespace sock::wire
