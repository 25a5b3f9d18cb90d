#include "sock/socket.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "sock/lease.hpp"
#include "sock/names.hpp"
#include "sock/waiting.hpp"

namespace sock {

using detail::subject_of;

namespace {

std::atomic<Timeout> default_timeout;

constexpr int creation_flags = SOCK_CLOEXEC | SOCK_NONBLOCK;

void set_nonblocking(int fd, bool on, const char* operation) {
  int value = on;
  if (::ioctl(fd, FIONBIO, &value) != 0) {
    const int err = errno;
    throw_errno(err, operation, subject_of(fd));
  }
}

// RDS is a seqpacket family that refuses the flag; it raises no SIGPIPE either.
int no_signal_flag(int family, int type) noexcept {
  return (type == SOCK_STREAM || type == SOCK_SEQPACKET) && family != AF_RDS ? MSG_NOSIGNAL : 0;
}

Timeout timeout_of_new(int type) noexcept {
  return type & SOCK_NONBLOCK ? Timeout(std::chrono::seconds(0)) : getdefaulttimeout();
}

int socket_option(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd, SOL_SOCKET, name, &value, &size) != 0) {
    const int err = errno;
    throw_errno(err, "adopt", "fd " + std::to_string(fd));
  }
  return value;
}

}  // namespace

Timeout getdefaulttimeout() noexcept { return default_timeout.load(); }
void setdefaulttimeout(Timeout timeout) noexcept { default_timeout.store(timeout); }

Socket::Socket(Fd fd, int family, int type, int proto, Timeout timeout) noexcept
    : fd_(fd.release()),
      family_(family),
      type_(type & ~creation_flags),
      proto_(proto),
      no_signal_(no_signal_flag(family, type_)),
      timeout_(timeout) {}

Socket::Socket(int family, int type, int proto) {
  if (family == -1) family = AF_INET;
  if (type == -1) type = SOCK_STREAM;
  if (proto == -1) proto = 0;
  const Timeout timeout = timeout_of_new(type);
  const int nonblocking = timeout.blocking() ? 0 : SOCK_NONBLOCK;
  const int fd = ::socket(family, type | SOCK_CLOEXEC | nonblocking, proto);
  if (fd < 0) {
    const int err = errno;
    throw_errno(err, "socket",
                names::text_or_number(names::Kind::family, family) + " " +
                    names::text_or_number(names::Kind::type, type & ~creation_flags));
  }
  fd_ = fd;
  family_ = family;
  type_ = type & ~creation_flags;
  proto_ = proto;
  no_signal_ = no_signal_flag(family, type_);
  timeout_ = timeout;
}

Socket Socket::adopt_new(Fd fd, int family, int type, int proto) {
  const Timeout timeout = timeout_of_new(type);
  if (!timeout.blocking()) set_nonblocking(fd.get(), true, "socket");
  return Socket(std::move(fd), family, type, proto, timeout);
}

Socket Socket::from_fd(int fd, int family, int type, int proto) {
  if (fd < 0) throw std::invalid_argument("negative file descriptor");
  Address name;
  socklen_t size = Address::capacity();
  if (::getsockname(fd, name.buffer(), &size) != 0) {
    // Some families have sockets without names: that matters only if the family is wanted.
    const int err = errno;
    if (family == -1 || err == EBADF || err == ENOTSOCK)
      throw_errno(err, "adopt", "fd " + std::to_string(fd));
  }
  if (family == -1) family = socket_option(fd, SO_DOMAIN);
  // Also where it is given: a wrong one must not let a send raise SIGPIPE.
  const int kind = socket_option(fd, SO_TYPE);
  if (type == -1) type = kind;
  if (proto == -1) proto = socket_option(fd, SO_PROTOCOL);
  const Timeout timeout = timeout_of_new(type);
  if (!timeout.blocking()) set_nonblocking(fd, true, "adopt");
  // Nothing fails from here on: until now the descriptor was the caller's.
  Socket socket(Fd(fd), family, type, proto, timeout);
  socket.no_signal_ = no_signal_flag(family, kind);
  return socket;
}

Socket::Socket(Socket&& other) noexcept
    : fd_(other.fd_.exchange(-1)),
      family_(other.family_),
      type_(other.type_),
      proto_(other.proto_),
      no_signal_(other.no_signal_),
      timeout_(other.gettimeout()),
      lease_(std::move(other.lease_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this == &other) return *this;
  const Socket ours(std::move(*this));  // closes at the end
  fd_ = other.fd_.exchange(-1);
  family_ = other.family_;
  type_ = other.type_;
  proto_ = other.proto_;
  no_signal_ = other.no_signal_;
  timeout_ = other.gettimeout();
  lease_ = std::move(other.lease_);
  return *this;
}

Socket::~Socket() {
  const int fd = fd_.exchange(-1);
  if (fd < 0) return;
  if (const int last = lease_ ? lease_->release() : fd; last >= 0) ::close(last);
}

void Socket::close() {
  const int fd = fd_.exchange(-1);
  if (fd < 0) return;
  // Another thread may be in settimeout(): lease_ itself stays.
  if (const int last = lease_ ? lease_->release() : fd; last >= 0) sock::close(last);
}

int Socket::detach() noexcept {
  if (lease_) lease_->fd = -1;
  return fd_.exchange(-1);
}

Socket Socket::dup() const {
  Fd fd = sock::dup(*this);
  return Socket(std::move(fd), family_, type_, proto_, gettimeout());
}

std::shared_ptr<Socket::Lease> Socket::lease() {
  if (!lease_ || fileno() < 0) lease_ = std::make_shared<Lease>(fileno(), gettimeout());
  lease_->holders.fetch_add(1);
  return {lease_.get(), [keep = lease_](Lease* held) {
            if (const int last = held->release(); last >= 0) ::close(last);
          }};
}

void Socket::settimeout(Timeout timeout) {
  timeout_ = timeout;
  if (lease_) lease_->timeout = timeout;
  set_nonblocking(fileno(), !timeout.blocking(), "settimeout");
}

void Socket::setblocking(bool blocking) {
  settimeout(blocking ? Timeout() : Timeout(std::chrono::seconds(0)));
}

void Socket::bind(const Address& address) {
  if (::bind(fileno(), address.data(), address.size()) != 0) {
    const int err = errno;
    throw_errno(err, "bind", to_string(address, proto_));
  }
}

void Socket::bind(std::string_view host, int port) { bind(Address::resolve(family_, host, port)); }

void Socket::listen(std::optional<int> backlog) {
  const int fd = fileno();
  if (::listen(fd, std::max(backlog.value_or(std::min(SOMAXCONN, 128)), 0)) != 0) {
    const int err = errno;
    throw_errno(err, "listen", subject_of(fd));
  }
}

std::pair<Socket, Address> Socket::accept() {
  const int fd = fileno();
  const Timeout timeout = getdefaulttimeout();
  const int flags = SOCK_CLOEXEC | (timeout.blocking() ? 0 : SOCK_NONBLOCK);
  detail::Patience patience(gettimeout());
  Address peer;
  for (;;) {
    // accept has no MSG_DONTWAIT, and another holder may have made the descriptor blocking: a timed
    // accept must not be tried before there is something to accept.
    if (patience.timed()) detail::wait_after(EAGAIN, fd, POLLIN, patience, "accept");
    socklen_t size = Address::capacity();
    const int accepted = ::accept4(fd, peer.buffer(), &size, flags);
    if (accepted >= 0) {
      peer.resize(size);
      return {Socket(Fd(accepted), family_, type_, proto_, timeout), peer};
    }
    const int err = errno;
    if (err == EINTR || !patience.timed() || (err != EAGAIN && err != EWOULDBLOCK))
      detail::wait_after(err, fd, POLLIN, patience, "accept");
  }
}

std::optional<std::pair<Socket, Address>> Socket::try_accept() {
  const Timeout timeout = getdefaulttimeout();
  const int flags = SOCK_CLOEXEC | (timeout.blocking() ? 0 : SOCK_NONBLOCK);
  Address peer;
  socklen_t size = Address::capacity();
  const int fd = fileno();
  const int accepted = ::accept4(fd, peer.buffer(), &size, flags);
  if (accepted < 0) {
    const int err = errno;
    if (err == EAGAIN || err == EWOULDBLOCK || err == EINTR) return std::nullopt;
    throw_errno(err, "accept", subject_of(fd));
  }
  peer.resize(size);
  return std::pair(Socket(Fd(accepted), family_, type_, proto_, timeout), peer);
}

void Socket::shutdown(int how) {
  const int fd = fileno();
  if (::shutdown(fd, how) != 0) {
    const int err = errno;
    throw_errno(err, "shutdown", subject_of(fd));
  }
}

namespace {

template <class Call>
Address name_of(int fd, Call call, const char* operation) {
  Address address;
  socklen_t size = Address::capacity();
  if (call(fd, address.buffer(), &size) != 0) {
    const int err = errno;
    throw_errno(err, operation, fd < 0 ? "closed socket" : "fd " + std::to_string(fd));
  }
  address.resize(size);
  return address;
}

}  // namespace

Address Socket::getsockname() const { return name_of(fileno(), ::getsockname, "getsockname"); }
Address Socket::getpeername() const { return name_of(fileno(), ::getpeername, "getpeername"); }

}  // namespace sock
