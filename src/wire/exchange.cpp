#include "wire/exchange.hpp"

namespace sock::wire {

void Exchange::feed(std::string_view bytes) {
  if (state_ == State::failed) return;
  input_ += bytes;
  proceed();
}

// A message that is too long is so however it comes: whole, or in pieces.
void Exchange::proceed() {
  while (state_ == State::running && !waits_for_user_ && !input_.empty()) {
    const std::size_t taken = take(std::string_view(input_).substr(0, limit_));
    if (taken == 0) break;
    input_.erase(0, taken);
  }
  if (state_ == State::running && !waits_for_user_ && input_.size() > limit_)
    fail("a message of more than " + std::to_string(limit_) + " bytes");
}

std::size_t Exchange::fail(std::string why, ProxyErrc kind) {
  state_ = State::failed;
  error_kind_ = kind;
  error_ = std::move(why);
  input_.clear();
  return 0;
}

}  // namespace sock::wire
