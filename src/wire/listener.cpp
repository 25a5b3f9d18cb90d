#include "wire/listener.hpp"

#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <utility>
#include <variant>

#include "sock/create.hpp"
#include "sock/error.hpp"
#include "wire/about.hpp"
#include "wire/can.hpp"

namespace sock::wire {

namespace {

bool is_inet(int family) noexcept { return family == AF_INET || family == AF_INET6; }

bool is_wildcard(const Address& a) {
  return (a.family() == AF_INET && a.host() == "0.0.0.0") ||
         (a.family() == AF_INET6 && a.host() == "::");
}

bool takes_connections(const Candidate& c) noexcept {
  return wire::takes_connections(c.family, c.type, c.protocol);
}

// SCTP takes no associations, and so no messages, without it.
bool has_to_listen(const Candidate& c) noexcept {
  return takes_connections(c) || c.protocol == IPPROTO_SCTP;
}

// Before bind, so that what the user asks for comes last and wins.
void prepare(Socket& socket, const ListenPlan& plan) {
  const bool connections = wire::takes_connections(socket);
  // So that connections of the listener before, in TIME_WAIT, do not keep the port. Not for UDP,
  // where Linux would let a second program take the port, and its datagrams, unnoticed.
  if (is_inet(socket.family()) && connections) socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  if (plan.reuse_port) socket.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
  // A raw socket has no port to share, and refuses.
  if (socket.family() == AF_INET6 && socket.type() != SOCK_RAW)
    socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, plan.dualstack ? 0 : 1);
}

// The file that bind makes has the mode of the socket, less the umask: never more than was asked
// for, also not for a moment. What the umask took is given back after it.
void set_mode(const Socket& socket, mode_t mode) {
  if (::fchmod(socket.fileno(), mode) == 0) return;
  const int err = errno;
  throw_errno(err, "set mode");
}
void set_mode(const std::string& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) == 0) return;
  const int err = errno;
  throw_errno(err, "set mode");
}

// This kernel has no IPv6, or has it turned off.
bool lacks_ipv6(const Error& e, const Candidate& c) {
  if (c.family != AF_INET6) return false;
  if (e.code() == std::errc::address_family_not_supported) return true;
  return e.code() == std::errc::address_not_available &&
         (is_wildcard(c.address) || c.address.host() == "::1");
}

// Of several addresses an IPv6 one is passed over where the kernel cannot have it.
bool may_pass_over(const Error& e, const Candidate& c, const std::vector<Candidate>& all) {
  return lacks_ipv6(e, c) && std::any_of(all.begin(), all.end(), [](const Candidate& other) {
           return other.family == AF_INET;
         });
}

// With dualstack the IPv6 wildcard stands for both, unless the kernel has no IPv6.
std::vector<Candidate> dualstack(std::vector<Candidate> all, const ListenPlan& plan) {
  if (!plan.dualstack) return all;
  if (all.front().family != AF_INET6)
    throw UsageError(to_string(plan.address) + ": dualstack needs an IPv6 address to listen on");
  const bool both = all.size() == 2 && is_wildcard(all[0].address) && is_wildcard(all[1].address);
  if (both && has_dualstack_ipv6()) all.pop_back();
  return all;
}

struct Bound {
  Socket socket;
  UnixFile file;
  std::string name;  // where the socket does not know what it was bound to
};

// Datagrams that find no room are lost, and by default there is some for a tenth of a second of a
// fast sender. The system cuts it to net.core.rmem_max.
void make_room(const Socket& socket) {
  const int bytes = 4 * 1024 * 1024;
  (void)::setsockopt(socket.fileno(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

Bound bind_and_listen(const Candidate& c, const Address& address, const ListenPlan& plan) {
  Bound bound{about(c.text, [&] { return Socket(c.family, c.type, c.protocol); }), {}, {}};
  if (c.family == AF_TIPC) bound.name = c.text;  // it knows its own identity, not its services
  if (!takes_connections(c)) make_room(bound.socket);
  about(c.text, [&] {
    prepare(bound.socket, plan);
    set_up_can(bound.socket);
  });
  apply(plan.options, bound.socket);
  about(c.text, [&] {
    const std::string path(c.family == AF_UNIX ? address.path() : "");
    const bool has_file = !path.empty() && path[0] != '\0';
    if (has_file && plan.mode) set_mode(bound.socket, *plan.mode);
    if (has_file) remove_dead_socket(path);
    bound.socket.bind(address);
    bound.file = UnixFile(address);
    if (has_file && plan.mode) set_mode(path, *plan.mode);
    if (has_to_listen(c)) bound.socket.listen(plan.backlog);
  });
  return bound;
}

// All on one port: where the system chooses it, the first socket's.
std::vector<Bound> bind_all(const std::vector<Candidate>& all, const ListenPlan& plan) {
  std::vector<Bound> result;
  std::uint16_t chosen = 0;
  for (const Candidate& c : all) {
    const bool choose = is_inet(c.address.family()) && c.address.port() == 0;
    const Address address = choose && chosen != 0 ? with_port(c.address, chosen) : c.address;
    try {
      result.push_back(bind_and_listen(c, address, plan));
    } catch (const Error& e) {
      if (!may_pass_over(e, c, all)) throw;
      continue;
    }
    if (choose && chosen == 0) chosen = result.back().socket.getsockname().port();
  }
  return result;
}

// A port that the system chose for one family may be taken in the other: then another is tried.
std::vector<Bound> bind_on_one_port(const std::vector<Candidate>& all, const ListenPlan& plan) {
  const bool choose = all.size() > 1 && all.front().address.port() == 0;
  for (int tries_left = choose ? 15 : 0;; --tries_left) {
    try {
      return bind_all(all, plan);
    } catch (const Error& e) {
      if (tries_left == 0 || e.code() != std::errc::address_in_use) throw;
    }
  }
}

}  // namespace

Listener::Listener(const ListenPlan& plan, io::Observer& observer) {
  if (plan.mode && !std::holds_alternative<UnixEndpoint>(plan.address))
    throw UsageError(to_string(plan.address) + ": only the file of a Unix socket has a mode");
  if (const auto* inherited = std::get_if<FdEndpoint>(&plan.address)) {
    adopt_inherited(*inherited, plan);
  } else {
    // To connect to no host is to connect to this machine, and there is where it listens then.
    const Purpose purpose = plan.this_machine ? Purpose::connect : Purpose::listen;
    std::vector<Candidate> all =
        candidates(plan.address, plan.choice, purpose, Deadline(plan.timeout), observer);
    if (all.empty()) throw_error(Errc::no_addresses, "resolve", to_string(plan.address));
    for (Bound& bound : bind_on_one_port(dualstack(std::move(all), plan), plan)) {
      add(std::move(bound.socket), std::move(bound.name));
      files_.push_back(std::move(bound.file));
    }
  }
  for (std::size_t i = 0; i < sockets_.size(); ++i) observer.listening(sockets_[i], names_[i]);
}

// The option is set after bind, so that this one has found nobody else on its port.
Listener Listener::another(ListenPlan plan) {
  const bool inherited = std::holds_alternative<FdEndpoint>(plan.address);
  plan.reuse_port = true;
  Listener other;
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    Socket& socket = sockets_[i];
    if (inherited || !is_inet(socket.family()) || socket.type() == SOCK_RAW) {
      other.add(socket.dup(), names_[i]);
      continue;
    }
    about(names_[i], [&] { socket.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1); });
    const Address address = socket.getsockname();
    const Candidate same{socket.family(), socket.type(), socket.proto(), address, names_[i]};
    other.add(bind_and_listen(same, address, plan).socket, names_[i]);
  }
  return other;
}

void Listener::adopt_inherited(const FdEndpoint& inherited, const ListenPlan& plan) {
  Socket socket = adopt(inherited, plan.choice, plan.options);
  if (takes_connections(socket) && !accepts(socket))
    throw_errno(EINVAL, "listen", to_string(inherited) + " (a socket that does not listen)");
  add(std::move(socket), {});
}

void Listener::add(Socket socket, std::string name) {
  socket.settimeout(std::chrono::seconds(0));
  const Address bound = socket.getsockname();
  every_address_ = every_address_ || is_wildcard(bound);
  names_.push_back(name.empty() ? shown(bound, socket) : std::move(name));
  sockets_.push_back(std::move(socket));
}

bool Listener::datagrams() const noexcept { return !takes_connections(sockets_.front()); }

}  // namespace sock::wire
