#include "serve/front.hpp"

#include <utility>

#include "serve/sessions.hpp"

namespace sock::serve {

void Front::end(Ended ended) {
  Fronts& fronts = fronts_;
  fronts.take(*this).reset();
  fronts.sessions().finish(std::move(ended));
}

void Front::begun() noexcept {
  if (std::exchange(beginning_, false)) --fronts_.beginning_;
}

void Fronts::add(std::unique_ptr<Front> front) {
  ++beginning_;
  front->index_ = all_.size();
  all_.push_back(std::move(front));
}

std::unique_ptr<Front> Fronts::take(Front& front) {
  front.begun();
  const std::size_t index = front.index_;
  std::unique_ptr<Front> taken = std::move(all_[index]);
  if (index + 1 != all_.size()) {
    all_[index] = std::move(all_.back());
    all_[index]->index_ = index;
  }
  all_.pop_back();
  return taken;
}

void Fronts::cut_off() {
  while (!all_.empty()) {
    const std::unique_ptr<Front> front = take(*all_.back());
    sessions_.finish(front->cut_off());
  }
}

}  // namespace sock::serve
