#include "io/timers.hpp"

namespace sock::io {

Timers::Id Timers::add(Clock::time_point at, std::function<void()> callback) {
  const Id id{at, ++last_};
  timers_.emplace(id, std::move(callback));
  return id;
}

void Timers::cancel(const Id& id) noexcept { timers_.erase(id); }

std::optional<Clock::time_point> Timers::next() const noexcept {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first.at;
}

std::vector<Timers::Id> Timers::due(Clock::time_point now) const {
  std::vector<Id> ids;
  for (const auto& [id, callback] : timers_) {
    if (id.at > now) break;
    ids.push_back(id);
  }
  return ids;
}

std::function<void()> Timers::take(const Id& id) {
  const auto node = timers_.extract(id);
  return node ? std::move(node.mapped()) : nullptr;
}

}  // namespace sock::io
