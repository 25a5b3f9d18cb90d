// What stands between a peer's connection and its session, where the session has a socket of ours
// instead, and outlives it until all is delivered.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "serve/session.hpp"

namespace sock::serve {

class Fronts;

class Front {
 public:
  explicit Front(Fronts& fronts) noexcept : fronts_(fronts) {}
  virtual ~Front() = default;
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  // Its session is over, and the session's socket closed. May end it.
  virtual void session_over(Ended) = 0;
  // The run ends now, and the session has ended: what was let in, and how far it came.
  virtual Ended cut_off() = 0;

 protected:
  Fronts& fronts() const noexcept { return fronts_; }
  // It is done with: this object is destroyed, and its peer leaves.
  void end(Ended);
  // Its session has begun.
  void begun() noexcept;

 private:
  friend class Fronts;
  Fronts& fronts_;
  std::size_t index_ = 0;  // in Fronts
  bool beginning_ = true;
};

// All that are there now.
class Fronts {
 public:
  explicit Fronts(Sessions& sessions) noexcept : sessions_(sessions) {}

  Sessions& sessions() const noexcept { return sessions_; }
  void add(std::unique_ptr<Front>);
  // Ends all. Their sessions have ended.
  void cut_off();
  // Those whose sessions are still to begin.
  std::size_t beginning() const noexcept { return beginning_; }

 private:
  friend class Front;
  std::unique_ptr<Front> take(Front&);

  Sessions& sessions_;
  std::size_t beginning_ = 0;
  std::vector<std::unique_ptr<Front>> all_;
};

}  // namespace sock::serve
