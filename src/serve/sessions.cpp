#include "serve/sessions.hpp"

#include <utility>

#include "serve/front.hpp"

namespace sock::serve {

Sessions::Sessions(io::Loop& loop, Options options, io::Observer& observer)
    : loop_(loop),
      observer_(observer),
      told_(observer.wants_sessions()),
      gate_(options.gate ? options.gate : std::make_shared<Gate>(options.limits)),
      access_(std::move(options.access)),
      idle_(options.idle),
      read_size_(options.read_size),
      scratch_(std::make_unique_for_overwrite<std::byte[]>(read_size_)) {}

Sessions::~Sessions() { left_ = nullptr; }

std::optional<Visit> Sessions::admit(const Address& peer, const Local& local) {
  if (!access_.allows(peer)) {
    gate_->give_back();
    deny(peer, local, "not allowed");
    return std::nullopt;
  }
  const auto number = gate_->enter(peer);
  if (!number) {
    deny(peer, local, "too many of its host");
    return std::nullopt;
  }
  ++visits_;
  return Visit(*this, local, peer, *number);
}

void Sessions::deny(const Address& peer, const Local& local, std::string_view reason) {
  gate_->turned_away();
  if (!told_) return;
  const std::string name = local.shown(peer);
  observer_.denied(name.empty() ? "a peer" : name, local.name, reason);
}

void Sessions::tell_introduced(const Visit& visit, const Address& proxy) {
  if (!told_) return;
  const std::string name = visit.local().shown(proxy);
  observer_.introduced(visit.name(), name.empty() ? "a proxy" : name);
}

void Sessions::tell_accepted(const Visit& visit, const Socket& socket) {
  if (told_) observer_.accepted(socket, visit.name(), visit.number());
}

void Sessions::add(std::unique_ptr<Session> session) {
  session->index_ = all_.size();
  all_.push_back(std::move(session));
}

void Sessions::could_not_begin(const Visit& visit, const std::exception& error) {
  observer_.broken(visit.name(), error);
  tell_closed(visit, {}, "failed", error.what());
}

void Sessions::remove(Session& session, std::string_view reason, std::string_view detail) {
  const Counts counts = session.counts();
  of_ended_.received += counts.received;
  of_ended_.sent += counts.sent;
  Front* const front = session.visit_.front();
  if (front == nullptr) tell_closed(session.visit_, counts, reason, detail);
  std::unique_ptr<Session> ended = take(session);
  if (front != nullptr) {
    Ended rest{std::move(ended->visit_), counts, std::string(reason), std::string(detail)};
    ended.reset();
    return front->session_over(std::move(rest));
  }
  ended.reset();
  if (left_) left_();
}

std::unique_ptr<Session> Sessions::take(Session& session) {
  const std::size_t index = session.index_;
  std::unique_ptr<Session> taken = std::move(all_[index]);
  if (index + 1 != all_.size()) {
    all_[index] = std::move(all_.back());
    all_[index]->index_ = index;
  }
  all_.pop_back();
  return taken;
}

void Sessions::finish(Ended ended) {
  tell_closed(ended.visit, ended.counts, ended.reason, ended.detail);
  { const Visit leaves = std::move(ended.visit); }
  if (left_) left_();
}

void Sessions::tell_closed(const Visit& visit, const Counts& counts, std::string_view reason,
                           std::string_view detail) {
  if (!told_) return;
  const std::string name = visit.name();
  observer_.closed({.number = visit.number(),
                    .peer = name,
                    .local = visit.local().name,
                    .traffic = {counts.sent, counts.received, io::Clock::now() - visit.since()},
                    .reason = reason,
                    .detail = detail});
}

void Sessions::leave(const Visit& visit) noexcept {
  --visits_;
  gate_->leave(visit.peer());
}

// From the last: whoever ends has his place taken by one that was told already.
void Sessions::drain() {
  draining_ = true;
  for (std::size_t i = all_.size(); i-- > 0;) all_[i]->drain();
}

void Sessions::stop() noexcept {
  for (const auto& session : all_) session->stop();
}

void Sessions::end_all() {
  while (!all_.empty()) remove(*all_.back(), "stopped", {});
}

Sessions::Totals Sessions::totals() const {
  Totals totals{gate_->now(), gate_->total(), gate_->denied(), of_ended_};
  for (const auto& session : all_) {
    const Counts counts = session->counts();
    totals.bytes.received += counts.received;
    totals.bytes.sent += counts.sent;
  }
  return totals;
}

}  // namespace sock::serve
