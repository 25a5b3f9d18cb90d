#include "sock/create.hpp"

#include <netinet/in.h>

#include <cerrno>
#include <exception>
#include <stdexcept>
#include <vector>

#include "sock/error.hpp"
#include "sock/resolve.hpp"
#include "sock/sockaddr.hpp"

namespace sock {

std::pair<Socket, Socket> socketpair(int family, int type, int proto) {
  int fds[2];
  if (::socketpair(family, type | SOCK_CLOEXEC, proto, fds) != 0) {
    const int err = errno;
    throw_errno(err, "socketpair");
  }
  Fd first(fds[0]);
  Fd second(fds[1]);
  return {Socket::adopt_new(std::move(first), family, type, proto),
          Socket::adopt_new(std::move(second), family, type, proto)};
}

Socket fromfd(FdRef fd, int family, int type, int proto) {
  Fd copy = dup(fd);
  Socket socket = Socket::from_fd(copy.get(), family, type, proto);
  (void)copy.release();  // only now: a failed adoption leaves it to us
  return socket;
}

Socket create_connection(std::string_view host, int port, const ConnectOptions& options) {
  return create_connection(std::optional(host), std::to_string(detail::checked_port(port)),
                           options);
}

Socket create_connection(std::optional<std::string_view> host,
                         std::optional<std::string_view> service, const ConnectOptions& options) {
  std::vector<Error> errors;
  std::exception_ptr last;
  for (const AddressInfo& info : getaddrinfo(host, service, AF_UNSPEC, SOCK_STREAM)) {
    try {
      Socket socket(info.family, info.type, info.protocol);
      if (options.timeout) socket.settimeout(*options.timeout);
      if (const auto& source = options.source_address) socket.bind(source->first, source->second);
      socket.connect(info.address);
      return socket;
    } catch (const InterruptedError&) {
      throw;  // the interrupt handler stops the call, not this attempt
    } catch (const Error& e) {
      errors.push_back(e);
      last = std::current_exception();
    }
  }
  if (errors.empty())
    throw_error(Errc::no_addresses, "create_connection", std::string(host.value_or("")));
  if (options.all_errors) throw ErrorGroup("create_connection failed", std::move(errors));
  std::rethrow_exception(last);
}

namespace {

void check_dualstack(const ServerOptions& options, int family) {
  if (!options.dualstack_ipv6) return;
  if (!has_dualstack_ipv6())
    throw std::invalid_argument("dualstack_ipv6 not supported on this platform");
  if (family != AF_INET6) throw std::invalid_argument("dualstack_ipv6 requires AF_INET6 family");
}

}  // namespace

Socket create_server(std::string_view host, int port, const ServerOptions& options) {
  check_dualstack(options, options.family);
  return create_server(Address::resolve(options.family, host, port), options);
}

Socket create_server(const Address& address, const ServerOptions& options) {
  const int family = address.family();
  check_dualstack(options, family);
  Socket socket(family, SOCK_STREAM);
  try {
    socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  } catch (const Error&) {
    // A convenience: not every family has it, and the server works without.
  }
  if (options.reuse_port) socket.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
  if (family == AF_INET6)
    socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, options.dualstack_ipv6 ? 0 : 1);
  socket.bind(address);
  socket.listen(options.backlog);
  return socket;
}

bool has_dualstack_ipv6() noexcept {
  try {
    Socket(AF_INET6, SOCK_STREAM).setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0);
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace sock
