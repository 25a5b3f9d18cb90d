// How a conversation goes, while it goes: the progress line, events about it, and an answer to
// SIGUSR1.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cmd/console.hpp"
#include "cmd/meter.hpp"
#include "cmd/session.hpp"
#include "cmd/show.hpp"
#include "io/observer.hpp"
#include "io/relay.hpp"

namespace sock::cmd {

class Reports {
 public:
  using SoFar = std::function<io::RelayResult()>;
  // All are borrowed; `show` may be null. `size`: of the input, where it is known.
  Reports(Session&, const Console&, Show* show, std::string peer, std::optional<std::uint64_t> size,
          SoFar);
  ~Reports();
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;

 private:
  void tick();
  void draw();
  void answer();
  io::Traffic traffic() const;

  Session& session_;
  const Console& console_;
  Show* show_;
  std::string peer_;
  std::optional<std::uint64_t> size_;
  SoFar so_far_;
  io::Clock::time_point start_ = io::Clock::now();
  RateWindow window_;
  io::Timer timer_;
  bool draws_ = false;
  int ticks_ = 0;
  std::uint64_t told_ = 0;  // bytes, in the last event
};

// "connection to p: sent 20 bytes, received 1048576 bytes in 1.2s, 17 B/s and 853 KiB/s; ..."
std::string snapshot(const io::RelayResult&, const std::string& peer, std::chrono::nanoseconds);

// The name of an end in events.
const char* reason_of(const io::RelayResult&) noexcept;

}  // namespace sock::cmd
