#include "serve/server.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "io/pipe_pool.hpp"
#include "sock/error.hpp"

namespace sock::serve {

namespace {

// What one turn takes before those that are served get theirs.
constexpr int fair_accepts = 64;
// Descriptors may be freed by others, which nobody tells.
constexpr auto retry_after = std::chrono::milliseconds(200);
// For what else a run may need: a name to be looked up, rules to be read again.
constexpr rlim_t spare_descriptors = 4;
// More than a run has besides those of its sessions.
constexpr rlim_t own_descriptors = 256;

rlim_t descriptor_limit() noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

bool out_of_something(const Error& error) noexcept {
  const std::error_code& code = error.code();
  return code == std::errc::too_many_files_open ||
         code == std::errc::too_many_files_open_in_system || code == std::errc::no_buffer_space ||
         code == std::errc::not_enough_memory;
}

// accept(2): errors of the new connection, which is gone already.
bool of_the_connection(const Error& error) noexcept {
  switch (error.code().value()) {
    case ECONNABORTED:
    case EPERM:  // a firewall's
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

bool can_take(rlim_t descriptors, FdRef fd) {
  std::vector<Fd> taken;
  for (rlim_t i = 0; i < descriptors; ++i) {
    taken.emplace_back(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!taken.back()) return false;
  }
  return true;
}

}  // namespace

struct Server::Port {
  Local local;
  Socket* socket;  // the listener's
  io::Watch watch;
  std::unique_ptr<DatagramSocket> datagrams;
};

Server::Server(io::Loop& loop, Sessions& sessions, Mode& mode, std::function<void()> over,
               Reception::Options options)
    : loop_(loop),
      sessions_(sessions),
      mode_(mode),
      over_(std::move(over)),
      reception_(sessions, mode, std::move(options), [this] { look_again(); }),
      descriptor_limit_(descriptor_limit()) {
  sessions_.when_left([this] { look_again(); });
}

void Server::look_again() {
  if (sessions_.exhausted()) stop_accepting();
  resume();
  check_over();
}

// The sessions speak of our ports.
Server::~Server() {
  sessions_.when_left(nullptr);
  sessions_.end_all();
  reception_.cut_off();
}

void Server::listen(wire::Listener listener) {
  if (listener.datagrams() && !mode_.takes_datagrams())
    throw wire::UsageError(listener.names().front() +
                           ": this mode serves connections, and datagrams come without");
  if (!reception_.suits(listener))
    throw wire::UsageError(listener.names().front() +
                           ": TLS and PROXY headers are spoken over streams");
  listeners_.push_back(std::move(listener));
  wire::Listener& added = listeners_.back();
  for (std::size_t i = 0; i < added.sockets().size(); ++i) {
    Socket& socket = added.sockets()[i];
    ports_.push_back(std::make_unique<Port>(
        Port{{added.names()[i], socket.family(), socket.type(), socket.proto()}, &socket, {}, {}}));
    Port& port = *ports_.back();
    if (added.datagrams()) {
      port.datagrams = reception_.receive(port.local, socket);
    } else {
      port.watch = loop_.watch(socket, io::Interest::read, "listener", [this, &port](io::Ready) {
        accept_from(port);
        return true;
      });
    }
  }
}

void Server::accept_from(Port& port) {
  for (int i = 0; i < fair_accepts; ++i) {
    if (!accepting_ || paused_ || sessions_.full()) return;
    try {
      auto accepted = port.socket->try_accept();
      if (!accepted) {
        said_so_ = false;
        return;
      }
      if (!begin({&port.local, std::move(accepted->first), accepted->second})) return;
    } catch (const Error& error) {
      if (out_of_something(error)) return pause(error);
      if (!of_the_connection(error)) throw;
    }
  }
}

// false: it has to wait.
bool Server::begin(Arrival arrival) {
  if (!enough_descriptors(arrival)) {
    held_.emplace(std::move(arrival));
    pause(
        Error(std::make_error_code(std::errc::too_many_files_open), "accept", held_->local->name));
    return false;
  }
  if (!sessions_.claim()) {  // another thread was faster
    held_.emplace(std::move(arrival));
    wait_or_accept();
    return false;
  }
  reception_.receive(std::move(arrival));
  if (sessions_.exhausted())
    stop_accepting();
  else if (sessions_.full())
    wait_or_accept();
  return true;
}

// Far from the limit that is known from what the sessions have at most; near it the free ones are
// counted by taking them. Where nobody is served who would give some back, waiting would be in
// vain: whatever is lacking then is told of this one.
bool Server::enough_descriptors(const Arrival& arrival) const {
  const rlim_t of_each = reception_.descriptors();
  const rlim_t needed = of_each + reception_.descriptors_to_come() + spare_descriptors;
  const rlim_t of_sessions = (sessions_.now() + reception_.coming()) * (1 + of_each);
  if (of_sessions + needed + own_descriptors <= descriptor_limit_) return true;
  if (can_take(needed, arrival.socket)) return true;
  io::PipePool::instance().clear();
  return sessions_.now() + reception_.coming() == 0 || can_take(needed, arrival.socket);
}

void Server::pause(const Error& error) {
  paused_ = true;
  if (!std::exchange(said_so_, true)) sessions_.observer().paused(error);
  wait_or_accept();
  retry_ = loop_.after(retry_after, [this] { resume(); });
}

void Server::resume() {
  if (!accepting_) return;
  if (std::exchange(paused_, false)) retry_ = {};
  if (held_ && !sessions_.full()) {
    Arrival arrival = std::move(*held_);
    held_.reset();
    if (!begin(std::move(arrival))) return;
  }
  wait_or_accept();
}

void Server::wait_or_accept() {
  const bool take = accepting_ && !paused_ && !sessions_.full();
  for (const auto& port : ports_)
    if (port->watch) port->watch.set(take ? io::Interest::read : io::Interest::none);
}

void Server::stop_accepting() {
  if (!std::exchange(accepting_, false)) return;
  retry_ = {};
  held_.reset();
  reception_.take_no_more();
  for (const auto& port : ports_) {
    port->watch = {};
    if (port->datagrams) port->datagrams->take_no_more();
  }
  for (wire::Listener& listener : listeners_) {
    if (listener.datagrams()) continue;
    for (Socket& socket : listener.sockets()) socket.close();
    listener.remove_files();
  }
  check_over();
}

void Server::check_over() {
  if (accepting_ || !sessions_.empty()) return;
  if (const auto tell = std::exchange(over_, nullptr)) tell();
}

}  // namespace sock::serve
