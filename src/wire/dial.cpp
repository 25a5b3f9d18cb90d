#include "wire/dial.hpp"

#include <linux/can.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <span>
#include <utility>
#include <variant>

#include "sock/error.hpp"
#include "wire/about.hpp"

namespace sock::wire {

namespace {

using Clock = std::chrono::steady_clock;

// What is left, never 0: that would mean "do not wait". Throws TimeoutError.
Timeout left(const Deadline& deadline) {
  if (deadline.unlimited()) return {};
  const Clock::duration d = deadline.at() - Clock::now();
  if (d <= d.zero()) throw_error(Errc::timed_out, "connect");
  return d;
}

// The source as an endpoint of the target's kind.
Endpoint fitted(const Endpoint& source, const Endpoint& target) {
  const auto* from = std::get_if<InetEndpoint>(&source);
  if (const auto* to = std::get_if<InetEndpoint>(&target); from && to) {
    // A source is seldom written with its transport: "tcp" is what it has without one.
    if (from->transport == Transport::tcp || from->transport == to->transport)
      return InetEndpoint{to->transport, from->host, from->port};
  } else if (from && std::holds_alternative<RdsEndpoint>(target)) {
    return RdsEndpoint{from->host, from->port};
  } else if (from && std::holds_alternative<RawEndpoint>(target)) {
    return RawEndpoint{from->host};
  } else if (source.index() == target.index() && !std::holds_alternative<FdEndpoint>(target)) {
    return source;
  }
  throw UsageError("the source " + to_string(source) + " is of another kind than the target " +
                   to_string(target));
}

// connect(2) means nothing to these: to be bound to the interface is all there is.
bool is_only_bound(const Candidate& c) noexcept {
  return c.family == AF_PACKET || (c.family == AF_CAN && c.protocol != CAN_BCM);
}

// Pairs every target with the first source of its address family; others cannot be reached from
// there. Without a plan for a source each stands alone.
struct Path {
  Candidate target;
  std::optional<Candidate> source;
};
std::vector<Path> paths(const DialPlan& plan, const Deadline& deadline, io::Observer& observer) {
  std::vector<Path> result;
  const std::vector<Candidate> targets =
      candidates(plan.target, plan.choice, Purpose::connect, deadline, observer);
  if (!plan.source) {
    for (const Candidate& target : targets) result.push_back({target, {}});
    return result;
  }
  const std::vector<Candidate> sources = candidates(fitted(*plan.source, plan.target), plan.choice,
                                                    Purpose::listen, deadline, observer);
  for (const Candidate& target : targets) {
    if (is_only_bound(target)) throw UsageError(target.text + ": this socket can have no source");
    const auto source = std::find_if(sources.begin(), sources.end(), [&](const Candidate& c) {
      return c.address.family() == target.address.family();
    });
    if (source != sources.end()) result.push_back({target, *source});
  }
  if (result.empty())
    throw UsageError("no address of " + to_string(plan.target) +
                     " is of the family of the source " + to_string(*plan.source));
  return result;
}

void bind_source(Socket& socket, const Candidate& source) {
  const bool inet = source.family == AF_INET || source.family == AF_INET6;
  // A port of one's own is often held by the TIME_WAIT of the connection before. Datagrams have
  // none, and would be shared with whoever else is bound there.
  if (inet && source.type == SOCK_STREAM && source.address.port() != 0)
    socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  if (source.family == AF_UNIX) remove_dead_socket(std::string(source.address.path()));
  socket.bind(source.address);
}

// What a socket has to be bound to where the user does not say.
void bind_by_itself(Socket& socket, const Candidate& target) {
  // So that it can be answered.
  if (target.family == AF_UNIX && target.type == SOCK_DGRAM) socket.bind(Address::unix_(""));
  if (target.family != AF_RDS) return;
  // rds(7): nothing is sent from an unbound socket. The address is the one that a datagram to the
  // same target would have.
  Socket route(target.address.family(), SOCK_DGRAM);
  route.connect(target.address);
  socket.bind(with_port(route.getsockname(), 0));
}

void set_send_timeout(Socket& socket, std::chrono::nanoseconds limit) {
  const auto us = std::chrono::ceil<std::chrono::microseconds>(limit).count();
  const timeval value{us / 1'000'000, us % 1'000'000};
  socket.setsockopt(SOL_SOCKET, SO_SNDTIMEO, std::as_bytes(std::span(&value, 1)));
}

// A Unix listener with a full queue: a non-blocking connect says EAGAIN, and there is nothing to
// wait for with poll(2). The time limit of a blocking one is unix_stream_connect's own.
void connect_unix(Socket& socket, const Address& address, std::chrono::nanoseconds limit) {
  set_send_timeout(socket, limit);
  try {
    socket.connect(address);
  } catch (const BlockingIOError&) {
    throw_error(Errc::timed_out, "connect");
  }
  set_send_timeout(socket, std::chrono::nanoseconds(0));
}

void connect(Socket& socket, const Address& address, const Deadline& deadline) {
  const Timeout limit = left(deadline);
  // Without a limit as well: the process may have a default timeout.
  socket.settimeout(address.family() == AF_UNIX ? Timeout() : limit);
  if (address.family() == AF_UNIX && limit.timed())
    connect_unix(socket, address, *limit.value());
  else
    socket.connect(address);
  socket.settimeout({});
}

Dialed attempt(const Path& path, const std::vector<SocketOption>& options,
               const Deadline& deadline) {
  const Candidate& target = path.target;
  const std::optional<Candidate>& source = path.source;
  Dialed dialed{
      about(target.text, [&] { return Socket(target.family, target.type, target.protocol); }),
      target.address,
      target.text,
      {}};
  apply(options, dialed.socket);
  if (source) {
    about(source->text, [&] { bind_source(dialed.socket, *source); });
    dialed.source = UnixFile(source->address);
  }
  about(target.text, [&] {
    if (is_only_bound(target)) return dialed.socket.bind(target.address);
    if (!source) bind_by_itself(dialed.socket, target);
    connect(dialed.socket, target.address, deadline);
  });
  return dialed;
}

Dialed dial_inherited(const FdEndpoint& inherited, const DialPlan& plan) {
  const std::string text = to_string(plan.target);
  if (plan.source) throw UsageError(text + ": an inherited socket can have no source");
  Dialed dialed{adopt(inherited, plan.choice, plan.options), {}, text, {}};
  if (accepts(dialed.socket)) throw_errno(EINVAL, "connect", text + " (a socket that listens)");
  dialed.socket.settimeout({});
  try {
    dialed.peer = dialed.socket.getpeername();
  } catch (const Error&) {
    return dialed;  // not connected, or of a family without names
  }
  const bool unnamed = dialed.peer.family() == AF_UNIX && dialed.peer.path().empty();
  if (!unnamed) dialed.name = shown(dialed.peer, dialed.socket);
  return dialed;
}

}  // namespace

bool accepts(const Socket& socket) { return socket.getsockopt(SOL_SOCKET, SO_ACCEPTCONN) != 0; }

Socket adopt(const FdEndpoint& inherited, const SocketChoice& choice,
             const std::vector<SocketOption>& options) {
  const int udp = choice.udp ? SOCK_DGRAM : -1;
  Socket socket = about(to_string(inherited), [&] {
    return Socket::from_fd(inherited.fd, choice.family.value_or(-1), choice.type.value_or(udp),
                           choice.protocol.value_or(-1));
  });
  socket.set_inheritable(false);
  apply(options, socket);
  return socket;
}

void apply(const std::vector<SocketOption>& options, Socket& socket) {
  for (const SocketOption& option : options) {
    try {
      socket.setsockopt(option.level, option.name, Socket::bytes(option.value));
    } catch (const Error& e) {
      throw_errno(e.code().value(), "set option", option.text);
    }
  }
}

Dialed dial(const DialPlan& plan, io::Observer& observer) {
  if (const auto* inherited = std::get_if<FdEndpoint>(&plan.target))
    return dial_inherited(*inherited, plan);
  const Deadline deadline(plan.timeout);
  const std::vector<Path> all = paths(plan, deadline, observer);
  const std::string name = to_string(plan.target);
  std::vector<Error> failures;
  for (const Path& path : all) {
    const std::string& address = path.target.text;
    observer.attempt(address);
    const auto start = Clock::now();
    std::optional<Dialed> dialed;
    try {
      dialed = attempt(path, plan.options, deadline);
    } catch (const Error& e) {
      observer.attempt_failed(address, e, Clock::now() - start);
      // Ours, not the kernel's: there is no time left for another address.
      if (e.code() == Errc::timed_out) throw_error(Errc::timed_out, "connect", name);
      if (all.size() == 1) throw;
      failures.push_back(e);
      continue;
    }
    observer.connected(dialed->socket, address, Clock::now() - start);
    return std::move(*dialed);
  }
  throw ErrorGroup("connect " + name, std::move(failures));
}

}  // namespace sock::wire
