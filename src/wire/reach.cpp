#include "wire/reach.hpp"

#include <sys/socket.h>

#include <string>
#include <utility>

#include "wire/candidates.hpp"
#include "wire/group.hpp"

namespace sock::wire {

namespace {

std::unique_ptr<io::Channel> plain_channel_of(Dialed& dialed) {
  if (dialed.wrapping)
    return wrapped_channel(std::move(dialed.socket), std::move(*dialed.wrapping), dialed.name);
  // It is connected: the kernel knows the peer of datagrams, too.
  if (!takes_connections(dialed.socket))
    return io::datagram_channel(std::move(dialed.socket), {}, dialed.name);
  return io::socket_channel(std::move(dialed.socket), dialed.name);
}

}  // namespace

std::unique_ptr<io::Channel> channel_of(Reached reached) {
  if (reached.secured) return std::move(reached.secured);
  return plain_channel_of(reached.dialed);
}

Reaching::Reaching(io::Loop& loop, const DialPlan& plan, std::optional<Tls> tls,
                   io::Observer& observer, Done done, const FindPaths& find)
    : loop_(loop),
      tls_(std::move(tls)),
      observer_(observer),
      deadline_(plan.timeout),
      done_(std::move(done)),
      dialing_(
          loop, plan, observer,
          [this](const std::exception_ptr& error, Dialed* result) { dialed(error, result); },
          find) {}

void Reaching::dialed(const std::exception_ptr& error, Dialed* result) {
  if (error) return end(error);
  reached_ = Reached{std::move(*result)};
  if (!tls_) return end(nullptr);
  std::exception_ptr failure;
  try {
    agree();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) end(failure);
}

void Reaching::agree() {
  Dialed& dialed = reached_->dialed;
  const bool datagrams = tls_->context.datagrams();
  if (dialed.socket.type() != (datagrams ? SOCK_DGRAM : SOCK_STREAM))
    throw UsageError(dialed.name + ": TLS is spoken over streams and UDP, and this is neither");
  if (datagrams && reaches_many(dialed.peer))
    throw UsageError(dialed.name + ": TLS is spoken with one peer, not with a group");
  reached_->local = local_address(dialed.socket);
  const auto until =
      deadline_.unlimited() ? std::nullopt : std::optional<io::Clock::time_point>(deadline_.at());
  handshake_ = std::make_unique<TlsHandshake>(
      loop_, tls_->context, plain_channel_of(dialed), tls_->peer_name, until,
      [this](TlsHandshake::Outcome result) { agreed(std::move(result)); });
}

void Reaching::agreed(TlsHandshake::Outcome result) {
  if (result.error) return end(result.error);
  reached_->secured = std::move(result.channel);
  reached_->session = std::move(result.session);
  observer_.secured(told(reached_->session, reached_->dialed.name));
  end(nullptr);
}

// The last thing its callers do: `done` may destroy this.
void Reaching::end(const std::exception_ptr& error) {
  const Done done = std::move(done_);
  std::optional<Reached> reached = std::move(reached_);
  done(error, error ? nullptr : &*reached);
}

}  // namespace sock::wire
