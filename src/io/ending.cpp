#include "io/ending.hpp"

#include <utility>

namespace sock::io {

EndActions Ending::input_ended(bool nothing_sent) noexcept {
  const bool ends_by_peer = rule_.in && (rule_.until == Until::both || rule_.until == Until::in);
  if (rule_.empty_input_waits && nothing_sent && ends_by_peer && !in_over_) {
    waiting_with_empty_input_ = true;
    return {};
  }
  EndActions actions;
  actions.finish_out = true;
  actions.start_linger = first_end();
  return actions;
}

EndActions Ending::out_over() noexcept {
  out_over_ = true;
  EndActions actions;
  actions.start_linger = first_end();
  actions.done = finished();
  return actions;
}

EndActions Ending::in_over() noexcept {
  in_over_ = true;
  EndActions actions;
  if (!rule_.in) {
    actions.done = rule_.peer_must_end && finished();
    return actions;
  }
  actions.start_linger = first_end();
  actions.done = finished();
  if (rule_.out && !out_over_ && !actions.done) {
    if (waiting_with_empty_input_)
      actions.finish_out = true;
    else
      actions.end_input = rule_.input_is_terminal;
  }
  return actions;
}

EndActions Ending::peer_gone() noexcept { return out_over(); }

bool Ending::finished() const noexcept {
  if (rule_.peer_must_end && !in_over_) return false;
  const bool out = rule_.out && out_over_;
  const bool in = rule_.in && in_over_;
  switch (rule_.until) {
    case Until::in:
      return rule_.in ? in : out;
    case Until::out:
      return rule_.out ? out : in;
    case Until::any:
      return out || in;
    case Until::both:
      break;
  }
  return (out || !rule_.out) && (in || !rule_.in);
}

bool Ending::first_end() noexcept { return !std::exchange(ended_, true); }

}  // namespace sock::io
