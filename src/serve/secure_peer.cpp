#include "serve/secure_peer.hpp"

#include <array>
#include <utility>

#include "serve/sessions.hpp"
#include "sock/error.hpp"
#include "wire/tls_error.hpp"

namespace sock::serve {

SecurePeer::SecurePeer(Fronts& fronts, SecurePeers& peers, Mode& mode, Visit visit,
                       std::unique_ptr<wire::TlsChannel> channel, wire::Delivered& delivered,
                       const Securing& securing)
    : Front(fronts),
      peers_(peers),
      mode_(mode),
      failure_is_told_(securing.failure_is_told),
      visit_(std::move(visit)),
      address_(visit_->peer()),
      name_(visit_->name()),
      channel_(std::move(channel)),
      delivered_(delivered) {
  delivered_.belong_to(name_, [this](const Address&, std::span<const std::byte> data) {
    sent_ = peers_.send(name_, address_, data);
  });
  patience_ = fronts.sessions().loop().after(securing.patience, [this] {
    refuse(TimeoutError(Errc::timed_out, "TLS handshake with", name_));
  });
}

SecurePeer::~SecurePeer() { peers_.forget(*this); }

void SecurePeer::receive(std::span<const std::byte> data) {
  delivered_.deliver(address_, data);
  if (agreed()) return pass_on();
  step();
}

void SecurePeer::step() {
  try {
    const bool done = channel_->try_handshake();
    delivered_.withdraw();
    if (!done) return send_again_in_time();
  } catch (const std::exception& error) {
    return refuse(error);
  }
  begin();
}

void SecurePeer::send_again_in_time() {
  const auto left = channel_->resend_in();
  again_ = left ? fronts().sessions().loop().after(*left, [this] { step(); }) : io::Timer();
}

// An alert may have told it why.
void SecurePeer::refuse(const std::exception& error) {
  if (failure_is_told_) fronts().sessions().observer().broken(name_, error);
  end({std::move(*visit_), {}, "handshake", wire::cause_of(error)});
}

void SecurePeer::begin() {
  Sessions& sessions = fronts().sessions();
  patience_ = {};
  again_ = {};
  peers_.agreed(*this);
  try {
    if (sessions.observer().wants_sessions())
      sessions.observer().secured(wire::told(channel_->session(), name_));
    visit_->come_by({bound(), this});
    auto session = mode_.serve(std::move(*visit_), *this);
    session_ = session.get();
    visit_.reset();
    sessions.add(std::move(session));
  } catch (const std::exception& error) {
    sessions.observer().broken(name_, error);
    return end({std::move(*visit_), {}, "failed", error.what()});
  }
  begun();
  if (sessions.draining()) return let_end();
  pass_on();
}

// A datagram may carry several messages, and those that came early wait in the channel.
void SecurePeer::pass_on() {
  passing_on_ = true;
  std::array<std::byte, wire::TlsChannel::largest_message> room;
  while (session_ != nullptr) {
    try {
      const io::Attempt attempt = channel_->try_read(room);
      if (attempt.kind == io::Attempt::Kind::blocked) break;
      if (attempt.kind == io::Attempt::Kind::moved) {
        session_->receive(std::span(room).first(attempt.bytes));
        continue;
      }
      session_->peer_ended();
    } catch (const std::exception& error) {
      session_->peer_failed(error);
    }
    break;
  }
  delivered_.withdraw();
  passing_on_ = false;
  if (ended_) leave();
}

void SecurePeer::let_end() {
  if (session_ != nullptr) session_->peer_ended();
}

bool SecurePeer::send(const Visit&, std::span<const std::byte> data) {
  sent_ = true;  // of nothing nothing is sent
  return channel_->try_write(data).kind == io::Attempt::Kind::moved && sent_;
}

void SecurePeer::session_over(Ended ended) {
  session_ = nullptr;
  ended_.emplace(std::move(ended));
  try {
    (void)channel_->try_finish();
  } catch (const std::exception&) {  // it cannot be told
  }
  if (!passing_on_) leave();
}

void SecurePeer::leave() {
  Ended ended = std::move(*ended_);
  end(std::move(ended));
}

Ended SecurePeer::cut_off() {
  if (visit_) return {std::move(*visit_), {}, "stopped", {}};
  return std::move(*ended_);
}

}  // namespace sock::serve
