#include "io/syscall_filter.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <stdexcept>

namespace sock::io {
namespace {

// The numbers of x86-64's x32 are beyond those of all rules, and so refused.
#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0;  // Sandbox installs no filter there
#endif

constexpr std::size_t low_half = std::endian::native == std::endian::little ? 0 : 4;
constexpr std::size_t longest_jump = 255;

using Program = std::vector<sock_filter>;

sock_filter load(std::size_t offset) noexcept {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

sock_filter jump(unsigned kind, std::uint32_t value, std::size_t if_true, std::size_t if_false) {
  if (std::max(if_true, if_false) > longest_jump)
    throw std::length_error("the filter of system calls is too large");
  return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | BPF_K | kind), value,
                  static_cast<std::uint8_t>(if_true), static_cast<std::uint8_t>(if_false));
}

sock_filter give(std::uint32_t verdict) noexcept { return BPF_STMT(BPF_RET | BPF_K, verdict); }

std::uint32_t verdict_of(const Refusal& refusal) noexcept {
  if (refusal.kind == Refusal::Kind::kill) return SECCOMP_RET_KILL_PROCESS;
  return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(refusal.error) & SECCOMP_RET_DATA);
}

// The same is done with all numbers from here up to where the next one begins.
struct Range {
  std::uint32_t first;
  std::uint32_t verdict;
  const ArgumentRule* argument = nullptr;  // its rule comes before the verdict, which refuses

  bool joins(const Range& next) const noexcept {
    return !argument && !next.argument && verdict == next.verdict;
  }
};

void append(std::vector<Range>& all, const Range& next) {
  if (!all.empty() && all.back().first == next.first) all.pop_back();
  if (all.empty() || !all.back().joins(next)) all.push_back(next);
}

std::vector<Range> ranges_of(std::span<const CallRule> rules, std::uint32_t otherwise) {
  std::vector<CallRule> sorted(rules.begin(), rules.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const CallRule& a, const CallRule& b) { return a.call < b.call; });
  std::vector<Range> all{{0, otherwise}};
  all.reserve(2 * sorted.size() + 1);
  const CallRule* before = nullptr;
  for (const CallRule& rule : sorted) {
    if (before && before->call == rule.call) continue;
    before = &rule;
    Range range{rule.call, SECCOMP_RET_ALLOW, rule.argument};
    if (!rule.allowed) range.verdict = verdict_of(rule.refusal);
    if (rule.argument) range.verdict = otherwise;
    append(all, range);
    append(all, {rule.call + 1, otherwise});
  }
  return all;
}

std::size_t size_of(const Range& range) noexcept {
  if (!range.argument) return 1;
  const bool masked = range.argument->mask != ~std::uint32_t{0};
  return 1 + (masked ? 1 : 0) + range.argument->count + 2;
}

void add_leaf(Program& program, const Range& range) {
  if (const ArgumentRule* const rule = range.argument) {
    program.push_back(
        load(offsetof(seccomp_data, args) + rule->argument * sizeof(std::uint64_t) + low_half));
    if (rule->mask != ~std::uint32_t{0})
      program.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, rule->mask));
    for (std::size_t i = 0; i < rule->count; ++i)
      program.push_back(jump(BPF_JEQ, rule->values[i], rule->count - i, 0));
    program.push_back(give(range.verdict));
    program.push_back(give(SECCOMP_RET_ALLOW));
    return;
  }
  program.push_back(give(range.verdict));
}

std::size_t size_of(std::span<const Range> ranges) noexcept {
  std::size_t size = ranges.size() - 1;  // one jump less than there are leaves
  for (const Range& range : ranges) size += size_of(range);
  return size;
}

// The number is loaded. The lower half of the tree comes first.
void add_tree(Program& program, std::span<const Range> ranges) {
  if (ranges.size() == 1) return add_leaf(program, ranges.front());
  const std::size_t half = ranges.size() / 2;
  const auto lower = ranges.first(half);
  program.push_back(jump(BPF_JGE, ranges[half].first, size_of(lower), 0));
  add_tree(program, lower);
  add_tree(program, ranges.subspan(half));
}

}  // namespace

std::vector<sock_filter> filter_program(std::span<const CallRule> rules, Refusal otherwise) {
  const std::vector<Range> ranges = ranges_of(rules, verdict_of(otherwise));
  Program program;
  program.reserve(4 + size_of(ranges));
  program.push_back(load(offsetof(seccomp_data, arch)));
  program.push_back(jump(BPF_JEQ, architecture, 1, 0));
  program.push_back(give(SECCOMP_RET_KILL_PROCESS));
  program.push_back(load(offsetof(seccomp_data, nr)));
  add_tree(program, ranges);
  return program;
}

}  // namespace sock::io
