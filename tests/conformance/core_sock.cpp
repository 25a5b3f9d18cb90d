// The seam of core.hpp over the library's public headers. Nothing but translation: of
// arguments, of results, and of errors.
#include <linux/can.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <sock/sock.hpp>
#include <stdexcept>

#include "conformance/core.hpp"

namespace core {

namespace {

InterruptHook g_hook = nullptr;
thread_local std::exception_ptr t_thrown;  // by the hook; rethrown out of the call it ended

bool handler() noexcept {
  try {
    g_hook();
    return true;
  } catch (...) {
    t_thrown = std::current_exception();
    return false;
  }
}

[[noreturn]] void translate(const sock::Error& e) {
  const std::error_code& code = e.code();
  if (code.category() == std::system_category()) throw Error{Error::os, code.value()};
  throw Error{Error::text, 0, code.message()};
}

// Runs f; what the library throws becomes what the seam throws.
template <class F>
auto calling(F&& f) {
  try {
    return f();
  } catch (const sock::InterruptedError& e) {
    if (t_thrown) std::rethrow_exception(std::exchange(t_thrown, nullptr));
    translate(e);
  } catch (const sock::TimeoutError& e) {
    if (e.code() == sock::Errc::timed_out) throw Error{Error::timeout};
    translate(e);
  } catch (const sock::gaierror& e) {
    throw Error{Error::gai, e.code().value(), e.code().message()};
  } catch (const sock::herror& e) {
    throw Error{Error::host, e.code().value(), e.code().message()};
  } catch (const sock::Error& e) {
    translate(e);
  } catch (const std::invalid_argument& e) {
    throw Error{Error::value, 0, e.what()};
  } catch (const std::out_of_range& e) {
    throw Error{Error::overflow, 0, e.what()};
  }
}

sock::Timeout to_timeout(std::int64_t ns) {
  return ns < 0 ? sock::Timeout() : sock::Timeout(std::chrono::nanoseconds(ns));
}
std::int64_t from_timeout(sock::Timeout t) { return t.blocking() ? -1 : t.value()->count(); }

Addr to_addr(const sock::Address& a) {
  Addr out;
  std::memcpy(&out.storage, a.data(), a.size());
  out.size = a.size();
  return out;
}
sock::Address from_addr(const Addr& a) {
  return sock::Address::from(reinterpret_cast<const sockaddr*>(&a.storage), a.size);
}
template <class Make>
Addr made(Make make) {
  return calling([&] { return to_addr(make()); });
}

std::optional<std::string_view> optional(const std::string* s) {
  return s ? std::optional<std::string_view>(*s) : std::nullopt;
}

}  // namespace

void set_interrupt_hook(InterruptHook hook) {
  g_hook = hook;
  sock::set_interrupt_handler(hook ? handler : nullptr);
}

// ---- addresses

Addr inet_addr(int family, const std::string& host, int port, std::uint32_t flowinfo,
               std::uint32_t scope) {
  return made([&] { return sock::Address::resolve(family, host, port, flowinfo, scope); });
}
Addr unix_addr(std::string_view path) {
  return made([&] { return sock::Address::unix_(path); });
}
Addr netlink_addr(std::uint32_t pid, std::uint32_t groups) {
  return made([&] { return sock::Address::netlink(pid, groups); });
}
Addr vsock_addr(std::uint32_t cid, std::uint32_t port) {
  return made([&] { return sock::Address::vsock(cid, port); });
}
Addr qipcrtr_addr(std::uint32_t node, std::uint32_t port) {
  return made([&] { return sock::Address::qipcrtr(node, port); });
}
Addr packet_addr(const std::string& interface, int protocol, int packet_type, int hardware_type,
                 std::string_view hardware_address) {
  return made([&] {
    return sock::Address::packet(interface, protocol, packet_type, hardware_type, hardware_address);
  });
}
Addr tipc_addr(std::uint32_t type, std::uint32_t v1, std::uint32_t v2, std::uint32_t v3,
               std::uint32_t scope) {
  return made([&] { return sock::Address::tipc({type, v1, v2, v3, scope}); });
}
Addr alg_addr(std::string_view type, std::string_view algorithm, std::uint32_t features,
              std::uint32_t mask) {
  return made([&] { return sock::Address::alg(type, algorithm, features, mask); });
}
Addr can_addr(const std::string& interface) {
  return made([&] { return sock::Address::can(interface); });
}
Addr can_isotp_addr(const std::string& interface, std::uint32_t rx, std::uint32_t tx) {
  return made([&] { return sock::Address::can_isotp(interface, rx, tx); });
}
Addr can_j1939_addr(const std::string& interface, std::uint64_t name, std::uint32_t pgn,
                    std::uint8_t address) {
  return made([&] { return sock::Address::can_j1939(interface, name, pgn, address); });
}

namespace {

AddrView describe_can(const sock::Address& a, int proto) {
  if (proto == CAN_ISOTP) {
    auto v = a.isotp();
    return CanIsotpView{v.interface, v.rx, v.tx};
  }
  if (proto == CAN_J1939) {
    auto v = a.j1939();
    return CanJ1939View{v.interface, v.name, v.pgn, v.address};
  }
  return CanView{a.can()};
}

AddrView describe_address(const sock::Address& a, int proto) {
  if (!a) return NoView{};
  switch (a.family()) {
    case AF_INET:
      return InetView{a.host(), a.port()};
    case AF_INET6:
      return Inet6View{a.host(), a.port(), a.flowinfo(), a.scope_id()};
    case AF_UNIX:
      return UnixView{std::string(a.path()), a.path().starts_with('\0')};
    case AF_NETLINK:
      return PairView{a.netlink().pid, a.netlink().groups};
    case AF_VSOCK:
      return PairView{a.vsock().cid, a.vsock().port};
    case AF_QIPCRTR:
      return PairView{a.qipcrtr().node, a.qipcrtr().port};
    case AF_PACKET: {
      auto v = a.packet();
      return PacketView{v.interface, v.protocol, v.packet_type, v.hardware_type,
                        v.hardware_address};
    }
    case AF_TIPC: {
      auto v = a.tipc();
      return TipcView{v.type, v.v1, v.v2, v.v3, v.scope};
    }
    case AF_ALG: {
      auto v = a.alg();
      return AlgView{v.type, v.name, v.features, v.mask};
    }
    case AF_CAN:
      return describe_can(a, proto);
    default:
      return OtherView{a.family(), std::string(a.raw())};
  }
}

}  // namespace

AddrView describe(const Addr& a, int proto) {
  return calling([&] { return describe_address(from_addr(a), proto); });
}

// ---- one socket

struct Sock::Impl {
  sock::Socket socket;
};

namespace {

// Moved from it is as closed as before.
sock::Socket& closed_socket() {
  static sock::Socket closed = [] {
    sock::Socket s(AF_UNIX);
    s.close();
    return s;
  }();
  return closed;
}

}  // namespace

Sock::Sock() : impl_(std::make_unique<Impl>(Impl{std::move(closed_socket())})) {}
Sock::Sock(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Sock::Sock(Sock&&) noexcept = default;
Sock& Sock::operator=(Sock&&) noexcept = default;
Sock::~Sock() = default;

Sock Sock::open(int family, int type, int proto) {
  return calling(
      [&] { return Sock(std::make_unique<Impl>(Impl{sock::Socket(family, type, proto)})); });
}
Sock Sock::adopt(int fd, int family, int type, int proto) {
  return calling([&] {
    return Sock(std::make_unique<Impl>(Impl{sock::Socket::from_fd(fd, family, type, proto)}));
  });
}
std::pair<Sock, Sock> Sock::pair(int family, int type, int proto) {
  return calling([&] {
    auto [a, b] = sock::socketpair(family, type, proto);
    return std::pair(Sock(std::make_unique<Impl>(Impl{std::move(a)})),
                     Sock(std::make_unique<Impl>(Impl{std::move(b)})));
  });
}

int Sock::fd() const noexcept { return impl_->socket.fileno(); }
int Sock::family() const noexcept { return impl_->socket.family(); }
int Sock::type() const noexcept { return impl_->socket.type(); }
int Sock::protocol() const noexcept { return impl_->socket.proto(); }
std::int64_t Sock::timeout() const noexcept { return from_timeout(impl_->socket.gettimeout()); }
void Sock::set_timeout(std::int64_t ns) {
  calling([&] { impl_->socket.settimeout(to_timeout(ns)); });
}

std::pair<int, Addr> Sock::accept() {
  return calling([&] {
    auto [s, peer] = impl_->socket.accept();
    return std::pair(s.detach(), to_addr(peer));
  });
}
void Sock::bind(const Addr& a) {
  calling([&] { impl_->socket.bind(from_addr(a)); });
}
void Sock::listen(std::optional<int> backlog) {
  calling([&] { impl_->socket.listen(backlog); });
}
void Sock::connect(const Addr& a) {
  calling([&] { impl_->socket.connect(from_addr(a)); });
}
int Sock::connect_ex(const Addr& a) {
  return calling([&] { return impl_->socket.connect_ex(from_addr(a)); });
}
void Sock::close() {
  calling([&] { impl_->socket.close(); });
}
int Sock::detach() noexcept { return impl_->socket.detach(); }
void Sock::shutdown(int how) {
  calling([&] { impl_->socket.shutdown(how); });
}
Addr Sock::getsockname() {
  return made([&] { return impl_->socket.getsockname(); });
}
Addr Sock::getpeername() {
  return made([&] { return impl_->socket.getpeername(); });
}

std::size_t Sock::recv(std::span<std::byte> buffer, int flags) {
  return calling([&] { return impl_->socket.recv_into(buffer, 0, flags); });
}
std::pair<std::size_t, Addr> Sock::recvfrom(std::span<std::byte> buffer, int flags) {
  return calling([&] {
    const auto [n, from] = impl_->socket.recvfrom_into(buffer, 0, flags);
    return std::pair(n, to_addr(from));
  });
}
Received Sock::recvmsg(std::span<const iovec> buffers, std::size_t control_size, int flags) {
  return calling([&] {
    const sock::ReceivedMessage m = impl_->socket.recvmsg_into(buffers, control_size, flags);
    Received r{m.size, {}, m.control_malformed, m.flags, to_addr(m.from)};
    for (const auto& c : m.control) r.control.push_back({c.level, c.type, c.data});
    return r;
  });
}
std::size_t Sock::send(std::span<const std::byte> data, int flags) {
  return calling([&] { return impl_->socket.send(data, flags); });
}
void Sock::sendall(std::span<const std::byte> data, int flags) {
  calling([&] { impl_->socket.sendall(data, flags); });
}
std::size_t Sock::sendto(std::span<const std::byte> data, int flags, const Addr& to) {
  return calling([&] { return impl_->socket.sendto(data, from_addr(to), flags); });
}
std::size_t Sock::sendmsg(std::span<const iovec> buffers, std::span<const ControlMessage> control,
                          int flags, const Addr* to) {
  return calling([&] {
    std::vector<sock::ControlMessage> items;
    for (const auto& c : control) items.push_back({c.level, c.type, c.data});
    const sock::Address address = to ? from_addr(*to) : sock::Address();
    return impl_->socket.sendmsg(buffers, items, flags, to ? &address : nullptr);
  });
}

int Sock::getsockopt(int level, int option) {
  return calling([&] { return static_cast<int>(impl_->socket.getsockopt(level, option)); });
}
std::string Sock::getsockopt(int level, int option, int size) {
  return calling(
      [&] { return impl_->socket.getsockopt(level, option, static_cast<std::size_t>(size)); });
}
void Sock::setsockopt(int level, int option, int value) {
  calling([&] { impl_->socket.setsockopt(level, option, value); });
}
void Sock::setsockopt(int level, int option, std::span<const std::byte> value) {
  calling([&] { impl_->socket.setsockopt(level, option, value); });
}
void Sock::setsockopt_null(int level, int option, unsigned size) {
  calling([&] { impl_->socket.setsockopt(level, option, nullptr, size); });
}

// ---- module functions

std::int64_t default_timeout() { return from_timeout(sock::getdefaulttimeout()); }
void set_default_timeout(std::int64_t ns) { sock::setdefaulttimeout(to_timeout(ns)); }
void close_fd(int fd) {
  calling([&] { sock::close(fd); });
}
int dup_fd(int fd) {
  return calling([&] { return sock::dup(sock::FdRef(fd)).release(); });
}

std::vector<AddrInfo> getaddrinfo(const std::string* host, const std::string* service, int family,
                                  int type, int proto, int flags) {
  return calling([&] {
    std::vector<AddrInfo> out;
    for (const auto& i :
         sock::getaddrinfo(optional(host), optional(service), family, type, proto, flags))
      out.push_back({i.family, i.type, i.protocol, i.canonname, to_addr(i.address)});
    return out;
  });
}
std::pair<std::string, std::string> getnameinfo(const std::string& host, int port,
                                                std::uint32_t flowinfo, std::uint32_t scope,
                                                int flags) {
  return calling([&] { return sock::getnameinfo(host, port, flowinfo, scope, flags); });
}
std::string gethostbyname(const std::string& host) {
  return calling([&] { return sock::gethostbyname(host); });
}

namespace {

HostEntry to_host_entry(const sock::HostEntry& e) { return {e.name, e.aliases, e.addresses}; }

}  // namespace

HostEntry gethostbyname_ex(const std::string& host) {
  return calling([&] { return to_host_entry(sock::gethostbyname_ex(host)); });
}
HostEntry gethostbyaddr(const std::string& host) {
  return calling([&] { return to_host_entry(sock::gethostbyaddr(host)); });
}
std::string gethostname() {
  return calling([&] { return sock::gethostname(); });
}
void sethostname(std::string_view s) {
  calling([&] { sock::sethostname(s); });
}
int getservbyname(const std::string& service, const std::string* proto) {
  return calling([&] { return int{sock::getservbyname(service, optional(proto))}; });
}
std::string getservbyport(int port, const std::string* proto) {
  return calling([&] { return sock::getservbyport(port, optional(proto)); });
}
int getprotobyname(const std::string& proto) {
  return calling([&] { return sock::getprotobyname(proto); });
}
std::string inet_aton(const std::string& s) {
  return calling([&] { return sock::inet_aton(s); });
}
std::string inet_ntoa(std::string_view packed) {
  return calling([&] { return sock::inet_ntoa(packed); });
}
std::string inet_pton(int family, const std::string& s) {
  return calling([&] { return sock::inet_pton(family, s); });
}
std::string inet_ntop(int family, std::string_view packed) {
  return calling([&] { return sock::inet_ntop(family, packed); });
}

std::vector<std::pair<unsigned, std::string>> if_nameindex() {
  return calling([&] {
    std::vector<std::pair<unsigned, std::string>> out;
    for (const auto& i : sock::if_nameindex()) out.emplace_back(i.index, i.name);
    return out;
  });
}
unsigned if_nametoindex(const std::string& s) {
  return calling([&] { return sock::if_nametoindex(s); });
}
std::string if_indextoname(unsigned index) {
  return calling([&] { return sock::if_indextoname(index); });
}
std::size_t cmsg_len(std::int64_t n) {
  return calling([&] { return sock::cmsg_len(n); });
}
std::size_t cmsg_space(std::int64_t n) {
  return calling([&] { return sock::cmsg_space(n); });
}

}  // namespace core
