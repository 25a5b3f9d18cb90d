#include "wire/attempt.hpp"

#include <sys/time.h>

#include <cerrno>
#include <chrono>
#include <span>

#include "sock/error.hpp"
#include "wire/about.hpp"
#include "wire/can.hpp"

namespace sock::wire {

namespace {

// The first port of the range that nobody has, be it by a connection of the past (TIME_WAIT).
void bind_in_range(Socket& socket, const Candidate& source, std::uint16_t last) {
  for (std::uint32_t port = source.address.port();; ++port) {
    try {
      return socket.bind(with_port(source.address, static_cast<std::uint16_t>(port)));
    } catch (const Error& e) {
      if (e.code() != std::errc::address_in_use || port >= last) throw;
    }
  }
}

void bind_source(Socket& socket, const Candidate& source, std::uint16_t last_port) {
  const bool inet = source.family == AF_INET || source.family == AF_INET6;
  if (inet && last_port != 0) return bind_in_range(socket, source, last_port);
  // A port of one's own is often held by the TIME_WAIT of the connection before. Datagrams have
  // none, and would be shared with whoever else is bound there.
  if (inet && source.type == SOCK_STREAM && source.address.port() != 0)
    socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  if (source.family == AF_UNIX) remove_dead_socket(std::string(source.address.path()));
  socket.bind(source.address);
}

// What a socket has to be bound to where the user does not say.
void bind_by_itself(Socket& socket, const Candidate& target) {
  if (is_only_bound(target.family, target.protocol)) return socket.bind(target.address);
  // So that it can be answered.
  if (target.family == AF_UNIX && target.type == SOCK_DGRAM) socket.bind(Address::unix_(""));
  if (target.family != AF_RDS) return;
  // rds(7): nothing is sent from an unbound socket. The address is the one that a datagram to the
  // same target would have.
  Socket route(target.address.family(), SOCK_DGRAM);
  route.connect(target.address);
  socket.bind(with_port(route.getsockname(), 0));
}

// What is left, never 0: that would mean "do not wait". Throws TimeoutError.
Timeout left(const Deadline& deadline) {
  if (deadline.unlimited()) return {};
  const auto d = deadline.at() - Deadline::Clock::now();
  if (d <= d.zero()) throw_error(Errc::timed_out, "connect");
  return d;
}

// Most sockets have it already, and a system call is saved.
void set_timeout(Socket& socket, Timeout timeout) {
  if (socket.gettimeout() != timeout) socket.settimeout(timeout);
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

}  // namespace

Dialed prepare(const Path& path, const std::vector<SocketOption>& options, Waiting waiting) {
  const Candidate& target = path.target;
  const int flags = waiting == Waiting::elsewhere ? SOCK_NONBLOCK : 0;
  Dialed dialed{about(target.text,
                      [&] { return Socket(target.family, target.type | flags, target.protocol); }),
                target.address,
                target.text,
                {}};
  about(target.text, [&] { set_up_can(dialed.socket); });
  apply(options, dialed.socket);
  if (!path.source) {
    about(target.text, [&] { bind_by_itself(dialed.socket, target); });
    return dialed;
  }
  const std::uint16_t last_port = path.last_source_port;
  const std::string range = last_port == 0 ? "" : "-" + std::to_string(last_port);
  about(path.source->text + range, [&] { bind_source(dialed.socket, *path.source, last_port); });
  dialed.source = UnixFile(path.source->address);
  return dialed;
}

void connect(Dialed& dialed, const Deadline& deadline) {
  Socket& socket = dialed.socket;
  if (is_only_bound(socket.family(), socket.proto())) return;
  about(dialed.name, [&] {
    const bool is_unix = dialed.peer.family() == AF_UNIX;
    const Timeout limit = left(deadline);
    // Without a limit as well: the process may have a default timeout.
    set_timeout(socket, is_unix ? Timeout() : limit);
    if (is_unix && limit.timed())
      connect_unix(socket, dialed.peer, *limit.value());
    else
      socket.connect(dialed.peer);
    set_timeout(socket, {});
  });
}

Progress begin(Dialed& dialed) {
  if (is_only_bound(dialed.socket.family(), dialed.socket.proto())) return Progress::connected;
  const int err = dialed.socket.connect_ex(dialed.peer);
  if (err == 0) return Progress::connected;
  if (err == EINPROGRESS) return Progress::under_way;
  if (err == EAGAIN && dialed.peer.family() == AF_UNIX) return Progress::full;
  throw_errno(err, "connect", dialed.name);
}

void conclude(Dialed& dialed) {
  const auto err = dialed.socket.getsockopt(SOL_SOCKET, SO_ERROR);
  if (err != 0) throw_errno(static_cast<int>(err), "connect", dialed.name);
  // A port of this machine that nobody listens on may be the one that the system chooses for us:
  // then TCP meets itself (RFC 9293, simultaneous open). Who tries often finds such a port.
  if (dialed.socket.getsockname() == dialed.peer) throw_errno(ECONNREFUSED, "connect", dialed.name);
}

}  // namespace sock::wire
