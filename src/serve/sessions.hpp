// All that are served now: let in, counted, told of, ended.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "serve/access.hpp"
#include "serve/gate.hpp"
#include "serve/limits.hpp"
#include "serve/session.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

class Sessions {
 public:
  struct Options {
    std::shared_ptr<Gate> gate = {};  // that others share; null: one of its own, with these limits
    Limits limits = {};
    Access access = {};
    std::optional<io::Clock::duration> idle = {};
    std::size_t read_size = 256 * 1024;  // bytes at once; a larger message is not taken
  };
  // What a run has come to so far; the bytes are those of the sessions here.
  struct Totals {
    std::size_t now = 0;
    std::uint64_t served = 0, denied = 0;
    Counts bytes;
  };

  // The loop and the observer must outlive it.
  Sessions(io::Loop&, Options, io::Observer&);
  ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  // A place for the next who is admitted; false: there is none just now.
  [[nodiscard]] bool claim() { return gate_->claim(); }
  void give_back() { gate_->give_back(); }
  // By the rules, as they are now.
  bool allows(const Address& peer) const { return access_.allows(peer); }
  // None: a rule or a limit turns this peer away, and that was told. Takes the place claimed.
  std::optional<Visit> admit(const Address& peer, const Local&);
  bool full() const { return gate_->full(); }
  bool exhausted() const { return gate_->exhausted(); }
  // Nobody is served here.
  bool empty() const noexcept { return visits_ == 0; }
  // Here and wherever the gate is shared.
  std::size_t now() const { return gate_->now(); }
  // A peer that cannot be let in for another reason.
  void deny(const Address& peer, const Local&, std::string_view reason);

  // `socket` is the peer's, or the one its datagrams come to.
  void tell_introduced(const Visit&, const Address& proxy);
  void tell_accepted(const Visit&, const Socket& socket);
  void add(std::unique_ptr<Session>);
  // Its peer was let in, but nothing could be begun with it.
  void could_not_begin(const Visit&, const std::exception&);
  // Tells that a peer is gone, and lets it leave.
  void finish(Ended);
  // Tells all that no more peers are taken, and those whose sessions begin later may ask.
  void drain();
  bool draining() const noexcept { return draining_; }
  // Tells all that the run ends.
  void stop() noexcept;
  // Ends all, as stopped.
  void end_all();

  void set_access(Access access) { access_ = std::move(access); }
  // Called whenever a peer has left, after all of it is gone.
  void when_left(std::function<void()> callback) { left_ = std::move(callback); }
  Totals totals() const;
  // When the last peer left; before there was one, when this was made.
  io::Clock::time_point last_left() const { return gate_->last_left(); }

  io::Loop& loop() const noexcept { return loop_; }
  io::Observer& observer() const noexcept { return observer_; }
  std::optional<io::Clock::duration> idle_limit() const noexcept { return idle_; }
  // Room to read into, for one call: what is to be kept longer is copied.
  std::span<std::byte> scratch() noexcept { return {scratch_.get(), read_size_}; }

 private:
  friend class Visit;
  friend class Session;
  void remove(Session&, std::string_view reason, std::string_view detail);
  void tell_closed(const Visit&, const Counts&, std::string_view reason, std::string_view detail);
  std::unique_ptr<Session> take(Session&);
  void leave(const Visit&) noexcept;

  io::Loop& loop_;
  io::Observer& observer_;
  const bool told_;  // of those who come and go
  const std::shared_ptr<Gate> gate_;
  std::size_t visits_ = 0;
  bool draining_ = false;
  Access access_;
  std::optional<io::Clock::duration> idle_;
  Counts of_ended_;
  const std::size_t read_size_;
  std::unique_ptr<std::byte[]> scratch_;  // not zeroed: what is never used takes no memory
  std::function<void()> left_;
  std::vector<std::unique_ptr<Session>> all_;
};

}  // namespace sock::serve
