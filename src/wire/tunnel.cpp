#include "wire/tunnel.hpp"

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <random>
#include <span>
#include <stdexcept>
#include <utility>

#include "sock/error.hpp"
#include "wire/candidates.hpp"
#include "wire/http_connect.hpp"
#include "wire/proxy_error.hpp"
#include "wire/tls_digest.hpp"

namespace sock::wire {

namespace {

constexpr const char* operation = "ask proxy";
// Bytes: a reply of SOCKS and most of HTTP's at once.
constexpr std::size_t at_once = 2048;
constexpr int fair_steps = 64;

std::optional<Credentials> credentials_of(const ProxyHop& hop) {
  if (hop.user.empty()) return std::nullopt;
  return Credentials{hop.user, hop.password.value_or("")};
}

SocksVersion version_of(ProxyKind kind) noexcept {
  if (kind == ProxyKind::socks4) return SocksVersion::v4;
  return kind == ProxyKind::socks4a ? SocksVersion::v4a : SocksVersion::v5;
}

bool wants_new_connection(const Exchange* exchange) noexcept {
  const auto* http = dynamic_cast<const HttpConnectClient*>(exchange);
  return http && http->wants_new_connection();
}

}  // namespace

std::string to_string(const ProxyAddress& address) {
  const bool six = address.host.find(':') != std::string::npos;
  return (six ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

Tunnel::Tunnel(io::Loop& loop, std::vector<Leg> legs, const Deadline& deadline,
               io::Observer& observer, Done done)
    : loop_(loop),
      observer_(observer),
      legs_(std::move(legs)),
      done_(std::move(done)),
      exchanges_(legs_.size()) {
  for (const Leg& leg : legs_) (void)exchange_for(leg);  // to refuse now what cannot be said
  if (!deadline.unlimited()) limit_ = loop_.at(deadline.at(), [this] { time_up(); });
}

std::unique_ptr<Exchange> Tunnel::exchange_for(const Leg& leg) const try {
  const ProxyHop& hop = leg.proxy;
  if (hop.kind == ProxyKind::http)
    return std::make_unique<HttpConnectClient>(leg.target, credentials_of(hop), digest_tools());
  // Where datagrams will come from is not known yet (RFC 1928, 6).
  const bool datagrams = leg.command == SocksCommand::udp_associate;
  return std::make_unique<SocksClient>(version_of(hop.kind), leg.command,
                                       datagrams ? ProxyAddress{"0.0.0.0", 0} : leg.target,
                                       credentials_of(hop));
} catch (const std::invalid_argument& error) {
  throw UsageError(wire::to_string(leg.proxy) + ", to be asked for " + to_string(leg.target) +
                   ": " + error.what());
}

// Which one it was, and what for.
std::string Tunnel::subject() const {
  const Leg& leg = legs_[current_];
  std::string text = wire::to_string(leg.proxy);
  if (legs_.size() > 1)
    text += " (" + std::to_string(current_ + 1) + " of " + std::to_string(legs_.size()) + ")";
  return text + " for " + to_string(leg.target);
}

void Tunnel::run(Socket socket) {
  socket_ = std::move(socket);
  current_ = 0;
  begin_stage();
  watch_ =
      loop_.watch(*socket_, io::Interest::both, "proxy", [this](io::Ready) { return on_ready(); });
}

void Tunnel::begin_stage() {
  std::unique_ptr<Exchange>& exchange = exchanges_[current_];
  if (wants_new_connection(exchange.get()))
    static_cast<HttpConnectClient&>(*exchange).connected_anew();
  else
    exchange = exchange_for(legs_[current_]);
  output_ = exchange->take_output();
  asked_ = io::Clock::now();
  observer_.proxying(wire::to_string(legs_[current_].proxy), to_string(legs_[current_].target));
}

bool Tunnel::on_ready() {
  try {
    const bool moved = advance();
    const bool over = current_ == legs_.size() || wants_new_connection(exchanges_[current_].get());
    if (!over) {
      watch_.set(output_.empty() ? io::Interest::read : io::Interest::both);
      return moved;
    }
  } catch (...) {
    end(std::current_exception());
    return true;
  }
  end(nullptr);
  return true;
}

void Tunnel::throw_ended(const std::string& how) const {
  throw ProxyError(ProxyErrc::ended, operation, subject(), how);
}

// A connection that breaks is the proxy's answer, too.
template <class Call>
auto Tunnel::on_socket(Call call) const {
  try {
    return call();
  } catch (const Error& error) {
    throw_ended("the connection broke: " + error.code().message());
  }
}

// As far as it gets without waiting, or keeping others waiting. Did it get anywhere?
bool Tunnel::advance() {
  for (int step = 0;; ++step) {
    Exchange& exchange = *exchanges_[current_];
    if (exchange.state() == Exchange::State::failed)
      throw ProxyError(exchange.error_kind(), operation, subject(), exchange.error());
    if (exchange.state() == Exchange::State::done) {
      finish_stage();
      if (current_ == legs_.size()) return true;
      continue;
    }
    if (wants_new_connection(&exchange)) return true;
    if (output_.empty()) output_ = exchange.take_output();
    if (!output_.empty()) {
      const auto sent = on_socket([&] { return socket_->try_send(Socket::bytes(output_)); });
      if (!sent) return step > 0;
      output_.erase(0, *sent);
    } else if (step >= fair_steps) {
      return true;
    } else if (!take_input()) {
      return step > 0;
    }
  }
}

// Looks at what has come, and takes from the socket what is the proxy's. false: nothing has come.
bool Tunnel::take_input() {
  std::array<std::byte, at_once> room;
  const auto come = on_socket([&] { return socket_->try_recv(room, MSG_PEEK); });
  if (!come) return false;
  if (*come == 0) throw_ended("it ended the connection");
  Exchange& exchange = *exchanges_[current_];
  exchange.feed({reinterpret_cast<const char*>(room.data()), *come});
  std::size_t own = *come;
  if (exchange.state() == Exchange::State::done) own -= exchange.take_leftover().size();
  while (own > 0) {
    const auto taken = on_socket([&] { return socket_->try_recv(std::span(room).first(own)); });
    if (taken.value_or(0) == 0) throw_ended("it ended the connection");
    own -= *taken;
  }
  return true;
}

void Tunnel::finish_stage() {
  const Leg& leg = legs_[current_];
  observer_.proxied(wire::to_string(leg.proxy), to_string(leg.target), io::Clock::now() - asked_);
  if (const auto* socks = dynamic_cast<const SocksClient*>(exchanges_[current_].get()))
    bound_ = socks->bound();
  if (++current_ < legs_.size()) begin_stage();
}

void Tunnel::time_up() {
  // Between two connections it is not here that time is spent.
  if (!socket_) return;
  end(std::make_exception_ptr(TimeoutError(Errc::timed_out, operation, subject())));
}

void Tunnel::end(std::exception_ptr error) {
  watch_ = {};
  std::optional<Socket> socket = std::exchange(socket_, std::nullopt);
  const bool again = !error && current_ < legs_.size();
  if (again || error) socket.reset();
  if (!again) limit_ = {};
  const Done done = again ? done_ : std::move(done_);
  done(std::move(error), std::move(socket));
}

}  // namespace sock::wire
