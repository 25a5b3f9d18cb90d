// How many are served: at a time, of one host, and in all. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "serve/host.hpp"
#include "sock/address.hpp"

namespace sock::serve {

struct Limits {
  std::optional<std::size_t> at_a_time = {};  // further peers wait for their turn
  std::optional<std::size_t> per_host = {};   // further peers of that host are turned away
  std::optional<std::size_t> in_all = {};     // then no more are taken
};

// Counts those that are served. Every peer that entered leaves once.
class Admission {
 public:
  explicit Admission(const Limits& limits) noexcept : limits_(limits) {}

  // No one may enter just now: as many are served as may be at a time, or in all, when those have
  // entered that are `coming`.
  bool full(std::size_t coming = 0) const noexcept {
    return (limits_.at_a_time && now_ + coming >= *limits_.at_a_time) ||
           (limits_.in_all && total_ + coming >= *limits_.in_all);
  }
  // No one will ever enter again.
  bool exhausted() const noexcept { return limits_.in_all && total_ >= *limits_.in_all; }

  // false: of its host there are as many as may be. Only while neither full() nor exhausted().
  [[nodiscard]] bool enter(const Address& peer);
  void leave(const Address& peer) noexcept;

  std::size_t now() const noexcept { return now_; }
  std::uint64_t total() const noexcept { return total_; }

 private:
  struct HashOfHost {
    std::size_t operator()(const Host& host) const noexcept { return host.hash(); }
  };
  Limits limits_;
  std::size_t now_ = 0;
  std::uint64_t total_ = 0;
  std::unordered_map<Host, std::size_t, HashOfHost> hosts_;  // only where they are limited
};

}  // namespace sock::serve
