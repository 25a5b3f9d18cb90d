#include "serve/session.hpp"

#include <cerrno>
#include <utility>

#include "serve/sessions.hpp"
#include "sock/error.hpp"
#include "wire/candidates.hpp"

namespace sock::serve {

std::string Local::shown(const Address& peer) const {
  if (peer.family() == AF_UNIX && peer.path().empty()) return {};
  return wire::shown(peer, family, type, protocol);
}

Visit::Visit(Sessions& sessions, const Local& local, const Address& peer, std::uint64_t number)
    : sessions_(&sessions),
      local_(&local),
      peer_(peer),
      number_(number),
      since_(sessions.loop().now()) {}

Visit::Visit(Visit&& other) noexcept
    : sessions_(std::exchange(other.sessions_, nullptr)),
      local_(other.local_),
      peer_(other.peer_),
      number_(other.number_),
      since_(other.since_),
      passage_(std::move(other.passage_)) {}

Visit::~Visit() {
  if (sessions_ != nullptr) sessions_->leave(*this);
}

std::string Visit::name() const {
  std::string name = local_->shown(peer_);
  return name.empty() ? "peer " + std::to_string(number_) + " of " + local_->name : name;
}

Address Visit::reached(const Socket& own) const {
  return passage_ ? passage_->reached : own.getsockname();
}

bool is_reset(const std::exception& failure) noexcept {
  const auto* error = dynamic_cast<const Error*>(&failure);
  return error != nullptr &&
         (error->code() == std::errc::connection_reset || error->code() == std::errc::broken_pipe);
}

Session::Session(Visit visit) noexcept : visit_(std::move(visit)) {}
Session::~Session() = default;

void Session::end(std::string_view reason, std::string_view detail) {
  visit_.sessions().remove(*this, reason, detail);
}

void Session::fail(const std::exception& error) {
  visit_.sessions().observer().broken(visit_.name(), error);
  end("failed", error.what());
}

void Session::broke(int error, const char* operation) {
  if (error == ECONNRESET || error == EPIPE) return end("reset");
  fail(error, operation);
}

void Session::broke(const std::exception& failure) {
  const auto* error = dynamic_cast<const Error*>(&failure);
  if (error != nullptr &&
      (error->code() == std::errc::connection_reset || error->code() == std::errc::broken_pipe))
    return end("reset");
  fail(failure);
}

void Session::fail(int error, const char* operation) {
  try {
    throw_errno(error, operation, visit_.name());
  } catch (const Error& e) {
    fail(e);
  }
}

void Session::limit_idleness(io::Clock::duration limit) {
  io::Loop& loop = visit_.sessions().loop();
  idle_ = std::make_unique<Idle>(Idle{limit, loop.now(), {}});
  idle_->timer = loop.after(limit, [this] { look_at_idleness(); });
}

void Session::moved() noexcept {
  if (idle_) idle_->last = visit_.sessions().loop().now();
}

// The timer is not set anew whenever bytes move: it looks when it fires.
void Session::look_at_idleness() {
  io::Loop& loop = visit_.sessions().loop();
  const auto quiet = loop.now() - idle_->last;
  if (quiet >= idle_->limit) return idle_too_long();
  idle_->timer = loop.after(idle_->limit - quiet, [this] { look_at_idleness(); });
}

}  // namespace sock::serve
