#include "wire/dial.hpp"

#include <cerrno>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "io/loop.hpp"
#include "sock/error.hpp"
#include "wire/about.hpp"
#include "wire/attempt.hpp"
#include "wire/connecting.hpp"
#include "wire/path.hpp"
#include "wire/proxying.hpp"

namespace sock::wire {

namespace {

// No choice, so nothing to watch meanwhile: the system call itself waits.
Dialed dial_alone(const Path& path, const DialPlan& plan, const Deadline& deadline,
                  io::Observer& observer) {
  const std::string& address = path.target.text;
  observer.attempt(address);
  const auto start = io::Clock::now();
  try {
    Dialed dialed = prepare(path, plan.options, Waiting::in_place);
    connect(dialed, deadline);
    observer.connected(dialed.socket, address, io::Clock::now() - start);
    return dialed;
  } catch (const Error& e) {
    observer.attempt_failed(address, e, io::Clock::now() - start);
    // Ours, not the kernel's.
    if (e.code() == Errc::timed_out)
      throw_error(Errc::timed_out, "connect", to_string(plan.target));
    throw;
  }
}

// Runs what begins to dial to its end, on a loop of its own.
template <class Begin>
Dialed on_a_loop(Begin begin) {
  io::Loop loop;
  std::exception_ptr failure;
  std::optional<Dialed> won;
  const auto dialing = begin(loop, [&](std::exception_ptr error, Dialed* dialed) {
    failure = std::move(error);
    if (dialed) won = std::move(*dialed);
    loop.stop();
  });
  loop.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*won);
}

Dialed reach(const DialPlan& plan, io::Observer& observer) {
  if (std::holds_alternative<FdEndpoint>(plan.target)) return dial_inherited(plan);
  const Deadline deadline(plan.timeout);
  if (goes_through(plan.proxy, plan.target, plan.choice))
    return on_a_loop([&](io::Loop& loop, const DialDone& done) {
      return Proxying(loop, plan, deadline, observer, find_paths, done);
    });
  std::vector<Path> all = paths(plan, deadline, observer);
  if (all.size() == 1) return dial_alone(all[0], plan, deadline, observer);
  return on_a_loop([&](io::Loop& loop, const DialDone& done) {
    return Connecting(loop, plan, std::move(all), deadline, observer, done);
  });
}

}  // namespace

Dialed dial_inherited(const DialPlan& plan) {
  const auto& inherited = std::get<FdEndpoint>(plan.target);
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

void announce(const Announcement& announcement, Dialed& dialed) {
  std::string header = header_of(announcement, dialed.socket);
  if (dialed.socket.type() == SOCK_STREAM)
    return about(dialed.name, [&] { dialed.socket.sendall(header); });
  if (!dialed.wrapping) dialed.wrapping.emplace();
  dialed.wrapping->header += header;
}

Dialed dial(const DialPlan& plan, io::Observer& observer) {
  Dialed dialed = reach(plan, observer);
  if (plan.announcement) announce(*plan.announcement, dialed);
  return dialed;
}

}  // namespace sock::wire
