// What a filter of system calls says of a call, as the kernel would find it out.
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <array>
#include <cstring>
#include <span>
#include <stdexcept>

namespace verdicts {

#if defined(__aarch64__)
inline constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
inline constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#endif

struct Call {
  std::uint32_t number = 0;
  std::array<std::uint64_t, 6> arguments = {};
  std::uint32_t on = architecture;
};

// Of the part of BPF that seccomp(2) takes as much as such filters need.
inline std::uint32_t verdict(std::span<const sock_filter> program, const Call& call) {
  seccomp_data data{};
  data.nr = static_cast<int>(call.number);
  data.arch = call.on;
  std::memcpy(data.args, call.arguments.data(), sizeof data.args);
  std::uint32_t a = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (step.k % 4 != 0 || step.k + 4 > sizeof data) throw std::out_of_range("load");
        std::memcpy(&a, reinterpret_cast<const char*>(&data) + step.k, sizeof a);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += a == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += a >= step.k ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        throw std::invalid_argument("an instruction that seccomp does not take");
    }
  }
  throw std::out_of_range("the program has no end");
}

}  // namespace verdicts
