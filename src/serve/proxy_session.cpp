#include "serve/proxy_session.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "serve/proxy_address.hpp"
#include "serve/sessions.hpp"
#include "serve/stream_session.hpp"
#include "sock/error.hpp"
#include "wire/lookup.hpp"

namespace sock::serve {

namespace {

// What is looked at of a handshake at once; each machine has its own limit.
constexpr std::size_t look = 16 * 1024;  // bytes
// A client has this long to read why nothing comes of it. Were it closed at once while more of its
// bytes come, a reset would take the answer away from it.
constexpr auto goodbye = std::chrono::seconds(2);
constexpr std::uint64_t most_dropped = 1024 * 1024;  // bytes, meanwhile
// A wrong password is answered after this time.
constexpr auto penalty = std::chrono::seconds(1);

std::string text_of(const wire::ProxyAddress& address) {
  return wire::to_string(
      wire::InetEndpoint{wire::Transport::tcp, address.host, std::to_string(address.port)});
}

const char* command_of(wire::SocksCommand command) noexcept {
  switch (command) {
    case wire::SocksCommand::bind:
      return "bind";
    case wire::SocksCommand::udp_associate:
      return "udp";
    case wire::SocksCommand::connect:
      break;
  }
  return "connect";
}

}  // namespace

ProxySession::ProxySession(Visit visit, Socket socket, const ProxyOptions& options)
    : BridgeSession(std::move(visit), options.relay),
      options_(options),
      socket_(std::move(socket)),
      handshake_(proxy_handshake(options.protocol, options.logins ? &*options.logins : nullptr)) {
  limit_ = loop().after(options.patience,
                        [this] { end("slow", "it did not say in time what it wants"); });
  watch(io::Interest::read);
}

Counts ProxySession::counts() const noexcept {
  Counts counts = BridgeSession::counts();
  counts.received += read_;
  counts.sent += outbox_.sent();
  if (datagrams_) {
    counts.received += datagrams_->counts().received;
    counts.sent += datagrams_->counts().sent;
  }
  return counts;
}

void ProxySession::drain() {
  if (step_ == Step::asking || step_ == Step::waiting || step_ == Step::relaying) end("stopped");
}

void ProxySession::watch(io::Interest interest) {
  if (watch_) return watch_.set(interest);
  watch_ = loop().watch(socket_, interest, "client",
                        [this](io::Ready ready) { return on_ready(ready); });
}

// While something waits to be sent nothing more is read.
bool ProxySession::on_ready(io::Ready ready) {
  if (!outbox_.empty()) {
    const std::size_t before = outbox_.size();
    if (const int err = outbox_.flush(socket_)) return broke(err, "send"), true;
    const bool progress = outbox_.size() != before;
    if (outbox_.empty()) spoken();
    return progress;
  }
  if (step_ == Step::asking) return read_request();
  if (step_ == Step::waiting) return end("reset"), true;
  if (ready.read) return drop_the_rest();
  return end("refused", why_), true;  // it is gone
}

bool ProxySession::read_request() {
  const auto room = visit().sessions().scratch().first(look);
  const ssize_t n = ::recv(socket_.fileno(), room.data(), room.size(), MSG_PEEK | MSG_DONTWAIT);
  if (n < 0) {
    const int err = errno;
    if (err == EAGAIN || err == EWOULDBLOCK || err == EINTR) return false;
    return broke(err, "recv"), true;
  }
  if (n == 0) return end("ended", "it asked for nothing"), true;
  const auto bytes = static_cast<std::size_t>(n);
  wire::Exchange& exchange = handshake_->exchange();
  exchange.feed({reinterpret_cast<const char*>(room.data()), bytes});
  // What does not belong to the handshake came with its last bytes, so it was all looked at now.
  const bool requested = handshake_->requested();
  consume(requested ? bytes - exchange.take_leftover().size() : bytes);
  if (exchange.state() == wire::Exchange::State::failed) return part(exchange.error()), true;
  if (speak() && requested) begin();
  return true;
}

// They were looked at, and so are there.
void ProxySession::consume(std::size_t bytes) {
  receive(socket_, visit().sessions().scratch().first(bytes), false);
  read_ += bytes;
}

void ProxySession::begin() {
  limit_ = {};
  const ProxyRequest request = handshake_->request();
  const std::string target = text_of(request.target);
  visit().sessions().observer().requested({.peer = visit().name(),
                                           .protocol = request.protocol,
                                           .command = command_of(request.command),
                                           .target = target,
                                           .user = request.user});
  if (!may_be_host(request.target.host))
    return refuse(Refusal::host_unreachable, target + ": no name of a host");
  switch (request.command) {
    case wire::SocksCommand::connect:
      return connect_to(request.target);
    case wire::SocksCommand::bind:
      return wait_for(request.target);
    case wire::SocksCommand::udp_associate:
      return associate(request.target.port);
  }
}

void ProxySession::refuse(Refusal refusal, std::string why) {
  handshake_->refuse(refusal);
  part(std::move(why));
}

Permits ProxySession::permits() const { return Permits(options_.destinations, visit().peer()); }

void ProxySession::connect_to(const wire::ProxyAddress& target) {
  step_ = Step::dialing;
  watch_ = {};
  wire::DialPlan plan;
  plan.target = wire::InetEndpoint{wire::Transport::tcp, target.host, std::to_string(target.port)};
  plan.timeout = options_.patience;
  await(socket_);
  dialing_ = std::make_unique<wire::Dialing>(
      loop(), plan, visit().sessions().observer(),
      [this](const std::exception_ptr& error, wire::Dialed* dialed) {
        const auto over = std::move(dialing_);
        await_no_more();
        if (error) return not_reached(error);
        reached(std::move(*dialed));
      },
      permits().find());
}

void ProxySession::reached(wire::Dialed dialed) {
  const Address bound = dialed.socket.getsockname();
  far_ = io::socket_channel(std::move(dialed.socket), std::move(dialed.name));
  step_ = Step::granted;
  grant(bound);
}

void ProxySession::not_reached(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    refuse(refusal_of(error), e.what());
  }
}

// Who comes is known by an address alone, and so it is an address that is waited for.
void ProxySession::wait_for(const wire::ProxyAddress& peer) try {
  const Address here = unmapped(socket_.getsockname());
  if (!IpBytes::of(here) || !wire::is_numeric(peer.host))
    return refuse(Refusal::not_supported, "bind: it is for the address of a peer");
  const bool anybody = peer.host == "0.0.0.0" || peer.host == "::";
  const Host host(address_of(peer));
  step_ = Step::waiting;
  bind_ = std::make_unique<ProxyBind>(
      loop(), here,
      [anybody, host, port = peer.port, permits = permits()](const Address& who) {
        return (anybody || Host(who) == host) && permits.allows("", wire::with_port(who, port));
      },
      [this](const std::exception_ptr& error, Socket socket, const Address& who) {
        came(error, std::move(socket), who);
      });
  limit_ = loop().after(options_.patience, [this] {
    bind_.reset();
    refuse(Refusal::timed_out, "bind: nobody came in time");
  });
  grant(bind_->bound());
} catch (const Error& error) {
  refuse(Refusal::failure, error.what());
}

void ProxySession::came(const std::exception_ptr& error, Socket socket, const Address& peer) {
  limit_ = {};
  bind_.reset();
  if (error) return not_reached(error);
  std::string name = wire::shown(peer, socket);
  far_ = io::socket_channel(std::move(socket), std::move(name));
  step_ = Step::granted;
  grant(peer);
}

// What comes on the connection from now on is dropped; with its end the datagrams end.
void ProxySession::associate(std::uint16_t port) try {
  const Address here = unmapped(socket_.getsockname());
  if (!IpBytes::of(here)) return refuse(Refusal::not_supported, "udp: not where it came to");
  datagrams_ = std::make_unique<ProxyDatagrams>(
      visit(), here, wire::with_port(unmapped(socket_.getpeername()), port), permits(),
      options_.relay,
      ProxyDatagrams::Calls{.moved = [this] { moved(); }, .enough = [this] { end("enough"); }});
  if (const auto limit = visit().sessions().idle_limit()) limit_idleness(*limit);
  step_ = Step::relaying;
  grant(datagrams_->bound());
} catch (const Error& error) {
  refuse(Refusal::failure, error.what());
}

void ProxySession::grant(const Address& bound) {
  handshake_->grant({bound.host(), bound.port()});
  if (speak() && outbox_.empty()) spoken();
}

bool ProxySession::speak() {
  const std::string output = handshake_->exchange().take_output();
  if (!output.empty()) {
    if (const int err = outbox_.send(socket_, Socket::bytes(output)))
      return broke(err, "send"), false;
  }
  if (!outbox_.empty())
    watch(io::Interest::write);
  else if (step_ == Step::asking)
    watch(io::Interest::read);
  return true;
}

// All of it was taken.
void ProxySession::spoken() {
  switch (step_) {
    case Step::parting:
      ::shutdown(socket_.fileno(), SHUT_WR);
      [[fallthrough]];
    case Step::asking:
    case Step::relaying:
      return watch(io::Interest::read);
    case Step::dialing:
    case Step::waiting:
      return watch(io::Interest::none);
    case Step::granted:
      break;
  }
  watch_ = {};
  handshake_.reset();
  join(io::socket_channel(std::move(socket_), visit().name()), std::move(far_));
}

void ProxySession::part(std::string why) {
  step_ = Step::parting;
  why_ = std::move(why);
  if (!handshake_->login_was_wrong()) return say_goodbye();
  watch(io::Interest::none);
  limit_ = loop().after(penalty, [this] { say_goodbye(); });
}

void ProxySession::say_goodbye() {
  limit_ = loop().after(goodbye, [this] { end("refused", why_); });
  if (speak() && outbox_.empty()) spoken();
}

bool ProxySession::drop_the_rest() {
  const Received received = receive_and_drop(socket_, visit().sessions().scratch());
  if (received.kind == Received::Kind::blocked) return false;
  read_ += received.bytes;
  const bool over = received.kind != Received::Kind::bytes;
  if (step_ == Step::relaying) {
    if (over) end(received.kind == Received::Kind::end ? "ended" : "reset");
  } else if (over || read_ > most_dropped) {
    end("refused", why_);
  }
  return true;
}

}  // namespace sock::serve
