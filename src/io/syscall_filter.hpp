// A filter of system calls as the kernel takes it: classic BPF, seccomp(2). Pure.
#pragma once

#include <linux/filter.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sock::io {

// What an argument has to be: the lower half of it, of which the bits of `mask` count, is one of
// the values. The upper halves of flags, descriptors and requests mean nothing to the kernel.
struct ArgumentRule {
  static constexpr std::size_t most_values = 12;

  unsigned argument = 0;  // the first is 0
  std::uint32_t mask = ~std::uint32_t{0};
  std::array<std::uint32_t, most_values> values = {};
  std::size_t count = 0;  // of the values

  template <std::size_t N>
  static constexpr ArgumentRule one_of(unsigned argument, const std::uint32_t (&values)[N],
                                       std::uint32_t mask = ~std::uint32_t{0}) noexcept {
    static_assert(N <= most_values);
    ArgumentRule rule{.argument = argument, .mask = mask, .values = {}, .count = N};
    for (std::size_t i = 0; i < N; ++i) rule.values[i] = values[i];
    return rule;
  }
};

// What becomes of a call that is let through only sometimes, or never.
struct Refusal {
  enum class Kind : std::uint8_t { error, kill };
  Kind kind = Kind::error;
  int error = 0;  // errno
  bool operator==(const Refusal&) const = default;

  static constexpr Refusal with(int error) noexcept { return {Kind::error, error}; }
  static constexpr Refusal kill() noexcept { return {Kind::kill, 0}; }
};

struct CallRule {
  std::uint32_t call = 0;  // SYS_*
  // Null: let through whatever its arguments are.
  const ArgumentRule* argument = nullptr;
  bool allowed = true;
  Refusal refusal = {};  // where it is not allowed at all
};

// A program that lets through what a rule allows, and refuses all else. A call of another
// architecture than the one this is built for ends the process: numbers mean other calls there.
// The kernel tries every call once when the filter is installed, and remembers those that are let
// through whatever their arguments are: they cost nothing from then on. One rule a call. Throws
// std::length_error for more rules than BPF's jumps can cross.
std::vector<sock_filter> filter_program(std::span<const CallRule>, Refusal otherwise);

}  // namespace sock::io
