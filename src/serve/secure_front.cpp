#include "serve/secure_front.hpp"

#include <sys/socket.h>

#include <utility>

#include "io/channel.hpp"
#include "serve/sessions.hpp"
#include "serve/stream_session.hpp"
#include "sock/create.hpp"
#include "sock/error.hpp"
#include "wire/tls_error.hpp"

namespace sock::serve {

namespace {

using namespace std::chrono_literals;

// For each direction, while bytes are stuck in it.
constexpr std::size_t buffer_size = 64 * 1024;
// After the session: how long a peer may take nothing of what is left for it.
constexpr auto longest_pause = 60s;
// When all is delivered: how long the peer's own end is waited for.
constexpr auto longest_farewell = 5s;

bool meets(const io::Wants& wants, io::Ready ready) noexcept {
  const auto wanted = static_cast<unsigned>(wants.read_fd | wants.write_fd);
  return (ready.read && (wanted & static_cast<unsigned>(io::Interest::read)) != 0) ||
         (ready.write && (wanted & static_cast<unsigned>(io::Interest::write)) != 0);
}

// The peer's side of the connection has ended, but it may still read.
bool is_cut_short(const std::exception& failure) noexcept {
  const auto* error = dynamic_cast<const wire::TlsError*>(&failure);
  return error != nullptr && error->code() == wire::TlsErrc::cut_short;
}

// Did the session say all that it had to say?
bool is_whole(const Ended& ended) noexcept {
  return ended.reason == "ended" || ended.reason == "exited" || ended.reason == "enough";
}

// A channel that outlives who it is handed to.
class Borrowed final : public io::Channel {
 public:
  explicit Borrowed(io::Channel& channel) noexcept : channel_(channel) {}
  io::Attempt try_read(std::span<std::byte> room) override { return channel_.try_read(room); }
  io::Attempt try_write(std::span<const std::byte> data) override {
    return channel_.try_write(data);
  }
  bool try_finish() override { return channel_.try_finish(); }
  FdRef read_fd() const noexcept override { return channel_.read_fd(); }
  FdRef write_fd() const noexcept override { return channel_.write_fd(); }
  std::optional<FdRef> plain_fd(bool write) const noexcept override {
    return channel_.plain_fd(write);
  }
  const std::string& name(bool write) const noexcept override { return channel_.name(write); }

 private:
  io::Channel& channel_;
};

}  // namespace

SecureFront::SecureFront(Fronts& fronts, Mode& mode, Visit visit, Socket socket,
                         const Securing& securing)
    : Front(fronts),
      mode_(mode),
      failure_is_told_(securing.failure_is_told),
      visit_(std::move(visit)),
      reached_(visit_->reached(socket)),
      connection_(io::socket_channel(std::move(socket), visit_->name())) {
  handshake_ = std::make_unique<wire::TlsHandshake>(
      loop(), securing.tls, std::make_unique<Borrowed>(*connection_), "",
      loop().now() + securing.patience,
      [this](wire::TlsHandshake::Outcome outcome) { agreed(std::move(outcome)); });
}

SecureFront::~SecureFront() = default;

io::Loop& SecureFront::loop() const noexcept { return fronts().sessions().loop(); }

void SecureFront::agreed(wire::TlsHandshake::Outcome outcome) {
  handshake_.reset();
  if (outcome.error) return refuse(outcome.error);
  peer_ = std::move(outcome.channel);
  io::Observer& observer = fronts().sessions().observer();
  try {
    if (observer.wants_sessions()) observer.secured(wire::told(outcome.session, name()));
    begin();
  } catch (const std::exception& error) {
    observer.broken(name(), error);
    end({std::move(*visit_), {}, "failed", error.what()});
  }
}

// It may have been told why, in an alert: that is to arrive.
void SecureFront::refuse(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    if (failure_is_told_) fronts().sessions().observer().broken(name(), error);
    ended_.emplace(Ended{std::move(*visit_), {}, "handshake", wire::cause_of(error)});
    visit_.reset();
    if (dynamic_cast<const wire::TlsError*>(&error) == nullptr) return leave();
  }
  ::shutdown(connection_->write_fd().get(), SHUT_WR);
  patience_ = loop().after(longest_farewell, [this] { leave(); });
  peer_watch_ = loop().watch(connection_->read_fd(), io::Interest::read, "TLS peer", [this](auto) {
    const auto scratch = fronts().sessions().scratch();
    const Received received = receive(connection_->read_fd(), scratch, false);
    if (received.kind == Received::Kind::end || received.kind == Received::Kind::error) leave();
    return true;
  });
}

void SecureFront::leave() {
  Ended ended = std::move(*ended_);
  end(std::move(ended));
}

const std::string& SecureFront::name() const noexcept { return connection_->name(true); }

// What this throws is of the mode, which could not begin.
void SecureFront::begin() {
  if (mode_.takes_channels()) {
    visit_->come_by({reached_, this});
    fronts().sessions().add(mode_.serve(std::move(*visit_), *peer_));
    visit_.reset();
    return begun();
  }
  auto [ours, theirs] = socketpair(AF_UNIX, SOCK_STREAM);
  theirs.setblocking(false);
  session_ = std::make_unique<wire::ProgramChannel>(io::socket_channel(std::move(ours), name()));
  session_->when_deaf([this] { deaf_ = true; });
  if (!mode_.wants_input()) peer_->believe_any_end();
  incoming_.emplace(*peer_, *session_, io::Flow::Options{.buffer_size = buffer_size});
  // Whether the end of what the session wrote is a proper one is seen when it comes.
  outgoing_.emplace(*session_, *peer_, io::Flow::Options{.buffer_size = buffer_size, .hold = true});
  peer_watch_ = loop().watch(peer_->read_fd(), io::Interest::read, "TLS peer",
                             [this](io::Ready ready) { return on_peer(ready); });
  session_watch_ = loop().watch(session_->read_fd(), io::Interest::read, "session behind TLS",
                                [this](io::Ready ready) { return on_session(ready); });
  rearm();
  visit_->come_by({reached_, this});
  fronts().sessions().add(mode_.serve(std::move(*visit_), std::move(theirs)));
  visit_.reset();
  begun();
}

bool SecureFront::on_peer(io::Ready ready) {
  const bool in_turn = meets(peer_->wants(incoming_->wants_read(), false), ready);
  const bool out_turn = meets(peer_->wants(false, outgoing_->wants_write()), ready);
  bool moved = in_turn && incoming_->pump();
  if (out_turn && outgoing_->pump()) moved = true;
  // It is gone, which nobody would notice who has nothing to say to it.
  if ((ready.hangup || ready.error) && incoming_->over() && !outgoing_->over()) {
    outgoing_->abandon();
    moved = true;
  }
  follow();
  return moved;
}

bool SecureFront::on_session(io::Ready ready) {
  bool moved = ready.write && incoming_->pump();
  if (ready.read && outgoing_->pump()) moved = true;
  follow();
  return moved;
}

// The last thing its callers do: it may be the end of this.
void SecureFront::follow() {
  if (incoming_->over() && !std::exchange(incoming_told_, true)) incoming_over();
  if (outgoing_->delivered_to_end()) {
    outgoing_->release();
    outgoing_->pump();
  }
  if (outgoing_->over() && !std::exchange(outgoing_told_, true)) outgoing_over();
  if (ended_ && incoming_->over() && outgoing_->over()) return finish();
  rearm();
}

void SecureFront::incoming_over() {
  if (incoming_->state() != io::Flow::State::failed) return;
  try {
    std::rethrow_exception(incoming_->error());
  } catch (const std::exception& error) {
    const bool wanted = mode_.wants_input() && !ended_ && !deaf_;
    const bool gone = !is_cut_short(error);
    if (wanted || (gone && !outgoing_->over())) broke(error, wanted);
    if (gone && !outgoing_->over()) outgoing_->abandon();
  }
  ::shutdown(session_->write_fd().get(), SHUT_WR);  // it reads the end
}

void SecureFront::outgoing_over() {
  if (outgoing_->state() == io::Flow::State::failed) {
    try {
      std::rethrow_exception(outgoing_->error());
    } catch (const std::exception& error) {
      // Who has said all it had to say may go.
      broke(error, !is_reset(error) || incoming_->state() != io::Flow::State::done);
    }
  }
  session_->stop_reading();
  if (ended_) be_patient();
}

// The first reason counts: others follow from it.
void SecureFront::broke(const std::exception& error, bool told) {
  if (!reason_.empty()) return;
  reason_ = is_reset(error) ? "reset" : "failed";
  detail_ = wire::cause_of(error);
  if (told) fronts().sessions().observer().broken(name(), error);
}

void SecureFront::rearm() {
  const io::Wants of_peer = peer_->wants(incoming_->wants_read(), outgoing_->wants_write());
  peer_watch_.set(of_peer.read_fd | of_peer.write_fd);
  const io::Wants of_session = session_->wants(outgoing_->wants_read(), incoming_->wants_write());
  session_watch_.set(of_session.read_fd | of_session.write_fd);
  // What it has in store no readiness tells of.
  if (incoming_->wants_read() && peer_->pending())
    pending_ = loop().after({}, [this] {
      incoming_->pump();
      follow();
    });
}

void SecureFront::session_over(Ended ended) {
  if (!session_) return end(std::move(ended));  // it had the channel itself
  const bool whole = is_whole(ended);
  ended_.emplace(std::move(ended));
  // Where something is missing the peer must not take what it got for all there was.
  if (!whole) return finish();
  delivered_ = outgoing_->delivered();
  be_patient();
  follow();
}

// With a peer whose session is over.
void SecureFront::be_patient() {
  patience_ = loop().after(outgoing_->over() ? longest_farewell : longest_pause, [this] {
    if (outgoing_->over()) return finish();
    if (outgoing_->wants_write() && outgoing_->delivered() == delivered_) {
      fronts().sessions().observer().lost(
          name(), "the rest of what was for it: it has taken nothing for a minute");
      reason_ = "slow";
      return finish();
    }
    delivered_ = outgoing_->delivered();
    be_patient();
  });
}

void SecureFront::finish() {
  Ended ended = std::move(*ended_);
  ended.counts = {incoming_->received(), outgoing_->delivered()};
  if (is_whole(ended) && !reason_.empty()) {
    ended.reason = reason_;
    ended.detail = detail_;
  }
  end(std::move(ended));
}

Ended SecureFront::cut_off() {
  if (visit_) return {std::move(*visit_), {}, "stopped", {}};
  Ended ended = std::move(*ended_);
  if (!session_) return ended;
  ended.counts = {incoming_->received(), outgoing_->delivered()};
  ended.reason = "stopped";
  return ended;
}

}  // namespace sock::serve
