// Who is served, counted for all servers of a run, which may be in threads of their own.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "io/timers.hpp"
#include "serve/limits.hpp"
#include "sock/address.hpp"

namespace sock::serve {

class Gate {
 public:
  explicit Gate(const Limits&);

  // Takes a place for the next who comes: enter() or give_back() follows. false: there is none just
  // now.
  [[nodiscard]] bool claim();
  void give_back();
  // The number of the visit; none: of its host there are as many as may be.
  std::optional<std::uint64_t> enter(const Address& peer);
  void leave(const Address& peer) noexcept;
  void turned_away() noexcept { ++denied_; }

  bool full() const;
  bool exhausted() const;
  std::size_t now() const;
  std::uint64_t total() const;
  std::uint64_t denied() const noexcept { return denied_; }
  // When the last peer left; before there was one, when this was made.
  io::Clock::time_point last_left() const;

  // Called in the thread where it happens: there is room where there was none, or there never will
  // be any more. To be set before there are threads.
  void when_changed(std::function<void()> callback) { changed_ = std::move(callback); }

 private:
  void tell_if(bool changed) const {
    if (changed && changed_) changed_();
  }

  mutable std::mutex mutex_;
  Admission admission_;
  std::size_t claimed_ = 0;
  io::Clock::time_point last_left_;
  std::atomic<std::uint64_t> denied_ = 0;
  std::function<void()> changed_;
};

}  // namespace sock::serve
