#include "wire/race.hpp"

#include <algorithm>
#include <deque>
#include <numeric>

namespace sock::wire {

std::vector<std::size_t> in_sequence(std::span<const int> families, std::optional<int> preferred) {
  std::vector<std::size_t> order(families.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (preferred)
    std::stable_partition(order.begin(), order.end(),
                          [&](std::size_t i) { return families[i] == *preferred; });
  return order;
}

std::vector<std::size_t> interleaved(std::span<const int> families, std::optional<int> preferred) {
  // A queue for each family, in the order of its first address.
  std::vector<std::deque<std::size_t>> queues;
  for (const std::size_t i : in_sequence(families, preferred)) {
    const auto same = [&](const auto& queue) { return families[queue.front()] == families[i]; };
    const auto queue = std::find_if(queues.begin(), queues.end(), same);
    if (queue == queues.end())
      queues.push_back({i});
    else
      queue->push_back(i);
  }
  std::vector<std::size_t> order;
  while (order.size() < families.size()) {
    for (auto& queue : queues) {
      if (queue.empty()) continue;
      order.push_back(queue.front());
      queue.pop_front();
    }
  }
  return order;
}

std::optional<std::size_t> Race::start(Time now) noexcept {
  if (started_ == attempts_ || now < due_) return std::nullopt;
  due_ = delay_ ? now + *delay_ : Time::max();
  return started_++;
}

std::optional<Race::Time> Race::next() const noexcept {
  if (started_ == attempts_ || due_ == Time::max()) return std::nullopt;
  return due_;
}

void Race::failed() noexcept {
  ++failed_;
  due_ = Time::min();
}

}  // namespace sock::wire
