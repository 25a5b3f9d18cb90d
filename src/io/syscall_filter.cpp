#include "io/syscall_filter.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

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

// Calls in a row with which the same is done.
struct Run {
  std::uint32_t first = 0, last = 0;
  std::size_t place = 0;  // where it is done
};

std::uint32_t verdict_of(const Refusal& refusal) noexcept {
  if (refusal.kind == Refusal::Kind::kill) return SECCOMP_RET_KILL_PROCESS;
  return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(refusal.error) & SECCOMP_RET_DATA);
}

// Writes the program from its end to its beginning: all jumps go forward, to what is written. It is
// kept short, and what is done in many places is written once, for an instruction costs the kernel
// more time than to try a call.
class Writer {
 public:
  explicit Writer(std::uint32_t otherwise) {
    backwards_.reserve(160);
    otherwise_ = give(otherwise);
    allow_ = give(SECCOMP_RET_ALLOW);
  }

  std::size_t allow() const noexcept { return allow_; }

  std::size_t give(std::uint32_t verdict) { return write(BPF_STMT(BPF_RET | BPF_K, verdict)); }

  std::size_t check(const ArgumentRule& rule) {
    for (std::size_t i = rule.count; i > 0; --i)
      jump(BPF_JEQ, rule.values[i - 1], allow_, i == rule.count ? otherwise_ : here());
    if (rule.mask != ~std::uint32_t{0}) write(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, rule.mask));
    return load(offsetof(seccomp_data, args) + rule.argument * sizeof(std::uint64_t) + low_half);
  }

  // Which of the runs is it? A few are tried in turn, of many first which half.
  void choose(std::span<const Run> runs) {
    constexpr std::size_t few = 4;
    if (runs.empty()) jump(BPF_JEQ, 0, otherwise_, otherwise_);
    if (runs.size() <= few) {
      for (std::size_t i = runs.size(); i > 0; --i)
        choose(runs[i - 1], i == runs.size() ? otherwise_ : here());
      return;
    }
    const auto upper = runs.subspan(runs.size() / 2);
    choose(upper);
    const std::size_t in_upper = here();
    choose(runs.first(runs.size() / 2));
    jump(BPF_JGE, upper.front().first, in_upper, here());
  }

  std::vector<sock_filter> finish() && {
    load(offsetof(seccomp_data, nr));
    const std::size_t begin = here();
    const std::size_t foreign = give(SECCOMP_RET_KILL_PROCESS);
    jump(BPF_JEQ, architecture, begin, foreign);
    load(offsetof(seccomp_data, arch));
    std::reverse(backwards_.begin(), backwards_.end());
    return std::move(backwards_);
  }

 private:
  // Of those after it, and none before.
  void choose(const Run& run, std::size_t greater) {
    if (run.first == run.last) return jump(BPF_JEQ, run.first, run.place, greater);
    jump(BPF_JGE, run.first, run.place, otherwise_);
    jump(BPF_JGE, run.last + 1, greater, here());
  }

  // The place of what was written last.
  std::size_t here() const noexcept { return backwards_.size(); }
  std::size_t write(sock_filter step) {
    backwards_.push_back(step);
    return here();
  }
  std::size_t load(std::size_t offset) {
    return write(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void jump(unsigned kind, std::uint32_t value, std::size_t yes, std::size_t no) {
    write(BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | BPF_K | kind), value, distance(yes),
                   distance(no)));
  }
  std::uint8_t distance(std::size_t place) const {
    if (here() - place > longest_jump)
      throw std::length_error("the filter of system calls is too large");
    return static_cast<std::uint8_t>(here() - place);
  }

  std::vector<sock_filter> backwards_;
  std::size_t otherwise_ = 0, allow_ = 0;
};

// Where what a rule says is done; rules that say the same share it.
class Places {
 public:
  explicit Places(Writer& writer) : writer_(writer) {}

  std::size_t of(const CallRule& rule) {
    if (rule.allowed && !rule.argument) return writer_.allow();
    for (const auto& [like, place] : known_)
      if (like->allowed == rule.allowed && like->argument == rule.argument &&
          like->refusal == rule.refusal)
        return place;
    const std::size_t place =
        rule.allowed ? writer_.check(*rule.argument) : writer_.give(verdict_of(rule.refusal));
    known_.emplace_back(&rule, place);
    return place;
  }

 private:
  Writer& writer_;
  std::vector<std::pair<const CallRule*, std::size_t>> known_;
};

std::vector<Run> runs_of(std::span<const CallRule> rules, Places& places) {
  std::vector<Run> runs;
  runs.reserve(rules.size());
  for (const CallRule& rule : rules) runs.push_back({rule.call, rule.call, places.of(rule)});
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.first < b.first; });
  std::size_t end = 0;
  for (const Run& next : runs) {
    Run* const before = end == 0 ? nullptr : &runs[end - 1];
    if (before && before->last + 1 == next.first && before->place == next.place)
      before->last = next.last;
    else
      runs[end++] = next;
  }
  runs.resize(end);
  return runs;
}

}  // namespace

std::vector<sock_filter> filter_program(std::span<const CallRule> rules, Refusal otherwise) {
  Writer writer(verdict_of(otherwise));
  Places places(writer);
  writer.choose(runs_of(rules, places));
  return std::move(writer).finish();
}

}  // namespace sock::io
