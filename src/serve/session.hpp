// What is known of every peer that is served, whatever it is served with.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "io/loop.hpp"
#include "sock/address.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

class Front;
class Sessions;

// Where peers come to. Outlives their sessions.
struct Local {
  std::string name;  // as shown
  int family, type, protocol;
  bool records() const noexcept { return type != SOCK_STREAM; }
  // A peer that came here; "" where it has no name.
  std::string shown(const Address& peer) const;
};

struct Counts {
  std::uint64_t received = 0, sent = 0;  // bytes from the peer, and to it
};

// How a peer comes whose session does not have its connection itself.
struct Passage {
  Address reached;         // the address that it came to
  Front* front = nullptr;  // what stands between the two, where something does
};

// A peer that was let in. It counts for the limits until this is destroyed.
class Visit {
 public:
  Visit(Visit&&) noexcept;
  Visit& operator=(Visit&&) = delete;
  ~Visit();

  Sessions& sessions() const noexcept { return *sessions_; }
  const Local& local() const noexcept { return *local_; }
  const Address& peer() const noexcept { return peer_; }
  std::uint64_t number() const noexcept { return number_; }
  io::Clock::time_point since() const noexcept { return since_; }
  // "192.0.2.1:4000"; "peer 3 of unix:/run/x" where it has no name of its own.
  std::string name() const;
  // The address that it came to; `own` is the socket that it is served on.
  Address reached(const Socket& own) const;
  void come_by(const Passage& passage) { passage_ = std::make_unique<const Passage>(passage); }
  Front* front() const noexcept { return passage_ ? passage_->front : nullptr; }

 private:
  friend class Sessions;
  Visit(Sessions&, const Local&, const Address& peer, std::uint64_t number);
  Sessions* sessions_;  // null: moved from
  const Local* local_;
  Address peer_;
  std::uint64_t number_;
  io::Clock::time_point since_;
  std::unique_ptr<const Passage> passage_;  // none: it has its own connection
};

// A session that is over: what is told of it. While this is there its peer counts for the limits.
struct Ended {
  Visit visit;
  Counts counts;
  std::string reason, detail;  // those of io::Closed
};

// Was it that the peer is gone?
bool is_reset(const std::exception&) noexcept;

// One peer and what it is served with. Owned by Sessions; memory is dear here, for there may be
// thousands that are idle.
class Session {
 public:
  explicit Session(Visit) noexcept;
  virtual ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  virtual Counts counts() const noexcept = 0;
  // The run ends now: whoever works for this session is told. Does not end it.
  virtual void stop() noexcept {}
  // No more peers are taken: it may end where nothing is under way. Connections end by themselves.
  virtual void drain() {}

  const Visit& visit() const noexcept { return visit_; }

 protected:
  // Ends it: this object is destroyed. `reason` and `detail` are those of io::Closed.
  void end(std::string_view reason, std::string_view detail = {});
  // Ends it and says why it broke.
  void fail(const std::exception&);
  // Ends it after a system call on its socket failed. That a peer is gone is told, but is no
  // failure where nothing was under way.
  void broke(int error, const char* operation);
  void broke(const std::exception&);
  // The same, where that is a failure in any case.
  void fail(int error, const char* operation);

  // From now on it ends when moved() was not called for so long.
  void limit_idleness(io::Clock::duration);
  void moved() noexcept;
  virtual void idle_too_long() { end("idle"); }

 private:
  friend class Sessions;
  void look_at_idleness();
  struct Idle {
    io::Clock::duration limit;
    io::Clock::time_point last;
    io::Timer timer;
  };
  Visit visit_;
  std::size_t index_ = 0;  // in Sessions
  std::unique_ptr<Idle> idle_;
};

}  // namespace sock::serve
