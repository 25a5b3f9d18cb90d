#include "serve/gate.hpp"

namespace sock::serve {

Gate::Gate(const Limits& limits) : admission_(limits), last_left_(io::Clock::now()) {}

bool Gate::claim() {
  const std::lock_guard lock(mutex_);
  if (admission_.full(claimed_)) return false;
  ++claimed_;
  return true;
}

void Gate::give_back() {
  bool had_none = false;
  {
    const std::lock_guard lock(mutex_);
    had_none = admission_.full(claimed_);
    --claimed_;
  }
  tell_if(had_none);
}

std::optional<std::uint64_t> Gate::enter(const Address& peer) {
  std::optional<std::uint64_t> number;
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    const bool had_none = admission_.full(claimed_);
    --claimed_;
    if (admission_.enter(peer))
      number = admission_.total();
    else
      changed = had_none;
    changed = changed || (number && admission_.exhausted());
  }
  tell_if(changed);
  return number;
}

void Gate::leave(const Address& peer) noexcept {
  bool had_none = false;
  {
    const std::lock_guard lock(mutex_);
    had_none = admission_.full(claimed_);
    admission_.leave(peer);
    last_left_ = io::Clock::now();
  }
  tell_if(had_none);
}

bool Gate::full() const {
  const std::lock_guard lock(mutex_);
  return admission_.full(claimed_);
}

bool Gate::exhausted() const {
  const std::lock_guard lock(mutex_);
  return admission_.exhausted();
}

std::size_t Gate::now() const {
  const std::lock_guard lock(mutex_);
  return admission_.now();
}

std::uint64_t Gate::total() const {
  const std::lock_guard lock(mutex_);
  return admission_.total();
}

io::Clock::time_point Gate::last_left() const {
  const std::lock_guard lock(mutex_);
  return last_left_;
}

}  // namespace sock::serve
