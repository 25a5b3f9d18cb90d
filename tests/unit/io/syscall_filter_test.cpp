#include "io/syscall_filter.hpp"

#include <cerrno>

#include <doctest/doctest.h>

#include "verdicts.hpp"

using namespace sock::io;
using verdicts::Call;
using verdicts::verdict;

namespace {

constexpr std::uint32_t allow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kill = SECCOMP_RET_KILL_PROCESS;
constexpr std::uint32_t refused = SECCOMP_RET_ERRNO | EPERM;

std::vector<sock_filter> program(const std::vector<CallRule>& rules) {
  return filter_program(rules, Refusal::with(EPERM));
}

}  // namespace

TEST_CASE("what has a rule is let through, and nothing else") {
  const auto filter = program({{.call = 7}, {.call = 3}, {.call = 4}, {.call = 100}});
  for (std::uint32_t number = 0; number < 500; ++number) {
    const bool in = number == 3 || number == 4 || number == 7 || number == 100;
    CHECK_MESSAGE(verdict(filter, {number}) == (in ? allow : refused), number);
  }
}

TEST_CASE("whatever the rules are, each call is decided by its own") {
  // Runs of every length, with gaps of every length, and all kinds of rules.
  const ArgumentRule flag = ArgumentRule::one_of(0, {1});
  std::uint32_t state = 1;
  const auto chance = [&](std::uint32_t of) {
    return (state = state * 1103515245 + 12345) / 65536 % of;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<CallRule> rules(200);
    std::vector<CallRule> some;
    for (std::uint32_t i = 0; i < 200; ++i) {
      rules[i] = {.call = i, .allowed = false, .refusal = Refusal::with(EPERM)};
      if (chance(3) != 0 && i % 16 > 9) continue;
      const auto kind = chance(8);
      if (kind == 0) rules[i].refusal = Refusal::kill();
      if (kind == 1) rules[i].refusal = Refusal::with(ENOSYS);
      if (kind >= 2 && kind < 6) rules[i] = {.call = i};
      if (kind == 6) rules[i] = {.call = i, .argument = &flag};
      if (kind < 7 && chance(2) == 0)
        some.push_back(rules[i]);
      else
        rules[i] = {.call = i, .allowed = false, .refusal = Refusal::with(EPERM)};
    }
    const auto filter = program(some);
    for (std::uint32_t i = 0; i < 200; ++i) {
      const CallRule& rule = rules[i];
      std::uint32_t expected = rule.allowed ? allow : kill;
      if (!rule.allowed && rule.refusal.kind == Refusal::Kind::error)
        expected = SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(rule.refusal.error);
      CHECK(verdict(filter, {i, {1}}) == expected);
      CHECK(verdict(filter, {i, {2}}) == (rule.argument ? refused : expected));
    }
  }
}

TEST_CASE("the first and the last numbers there are have verdicts, too") {
  CHECK(verdict(program({}), {0}) == refused);
  const auto filter = program({{.call = 0}});
  CHECK(verdict(filter, {0}) == allow);
  CHECK(verdict(filter, {1}) == refused);
  CHECK(verdict(filter, {0x40000000}) == refused);  // x32's read(2)
  CHECK(verdict(filter, {~std::uint32_t{0}}) == refused);
}

TEST_CASE("a call of another architecture ends the process") {
  const auto filter = program({{.call = 3}});
  CHECK(verdict(filter, {.number = 3, .on = AUDIT_ARCH_I386}) == kill);
  CHECK(verdict(filter, {.number = 3}) == allow);
}

TEST_CASE("a refusal is an error, or the end of the process") {
  const auto filter = filter_program(
      std::vector<CallRule>{{.call = 5, .allowed = false, .refusal = Refusal::with(ENOSYS)},
                            {.call = 6, .allowed = false, .refusal = Refusal::kill()}},
      Refusal::with(EACCES));
  CHECK(verdict(filter, {4}) == (SECCOMP_RET_ERRNO | EACCES));
  CHECK(verdict(filter, {5}) == (SECCOMP_RET_ERRNO | ENOSYS));
  CHECK(verdict(filter, {6}) == kill);
  CHECK(verdict(filter_program({}, Refusal::kill()), {6}) == kill);
}

TEST_CASE("an argument decides with the bits that count of its lower half") {
  const ArgumentRule flags = ArgumentRule::one_of(2, {0, 2}, 0x6);
  const auto filter = program({{.call = 9, .argument = &flags}, {.call = 10}});
  struct Row {
    std::uint64_t value;
    std::uint32_t expected;
  };
  for (const Row& row :
       {Row{0, allow}, Row{1, allow}, Row{2, allow}, Row{0xf9, allow}, Row{4, refused},
        Row{6, refused}, Row{0x1'0000'0000, allow}, Row{0x1'0000'0004, refused}})
    CHECK_MESSAGE(verdict(filter, {9, {9, 9, row.value}}) == row.expected, row.value);
  CHECK(verdict(filter, {10, {9, 9, 4}}) == allow);
  CHECK(verdict(filter, {8}) == refused);
}

TEST_CASE("each of many values of an argument is let through") {
  const ArgumentRule requests = ArgumentRule::one_of(1, {10, 20, 30, 40, 50});
  const auto filter = program({{.call = 16, .argument = &requests}});
  for (std::uint64_t value = 0; value < 60; ++value)
    CHECK_MESSAGE(verdict(filter, {16, {0, value}}) ==
                      (value >= 10 && value <= 50 && value % 10 == 0 ? allow : refused),
                  value);
}

TEST_CASE("a filter is small, and one that is too large is none") {
  std::vector<CallRule> rules;
  for (std::uint32_t i = 0; i < 60; ++i) rules.push_back({.call = 3 * i});
  // A jump for each, one for four of them, and six around.
  CHECK(program(rules).size() <= 60 + 15 + 6);
  for (std::uint32_t i = 60; i < 600; ++i) rules.push_back({.call = 3 * i});
  CHECK_THROWS_AS(program(rules), std::length_error);
}
