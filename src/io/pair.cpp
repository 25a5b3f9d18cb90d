#include "io/pair.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sock/create.hpp"
#include "sock/error.hpp"

namespace sock::io {

namespace {

Address loopback(int family) {
  return family == AF_INET ? Address::inet("127.0.0.1", 0) : Address::inet6("::1", 0);
}

std::pair<End, End> tcp_ends(int family) {
  Socket listener = create_server(loopback(family), {.family = family, .backlog = 1});
  Socket first(family, SOCK_STREAM);
  first.settimeout(std::nullopt);
  first.connect(listener.getsockname());
  const Address ours = first.getsockname();
  for (;;) {  // whoever else finds the port in this moment is let go
    auto [second, peer] = listener.accept();
    if (peer != ours) continue;
    second.settimeout(std::nullopt);
    first.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    second.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    return {std::move(first), std::move(second)};
  }
}

// What came before the socket was connected is of others.
void drop_waiting(const Socket& socket) noexcept {
  char byte = 0;
  while (::recv(socket.fileno(), &byte, 1, MSG_DONTWAIT) >= 0) {
  }
}

std::pair<End, End> udp_ends(int family) {
  Socket first(family, SOCK_DGRAM), second(family, SOCK_DGRAM);
  for (Socket* socket : {&first, &second}) {
    socket->settimeout(std::nullopt);
    socket->bind(loopback(family));
  }
  first.connect(second.getsockname());
  second.connect(first.getsockname());
  drop_waiting(first);
  drop_waiting(second);
  return {std::move(first), std::move(second)};
}

// The kernel counts its own needs, too, and therefore doubles what it is given: socket(7).
std::size_t enlarge_buffer(const Socket& socket, int privileged, int option, std::size_t bytes) {
  const int value = static_cast<int>(std::min<std::size_t>(bytes, 512u << 20));
  if (::setsockopt(socket.fileno(), SOL_SOCKET, privileged, &value, sizeof value) != 0 &&
      ::setsockopt(socket.fileno(), SOL_SOCKET, option, &value, sizeof value) != 0) {
    const int err = errno;
    throw_errno(err, "set option", option == SO_SNDBUF ? "SO_SNDBUF" : "SO_RCVBUF");
  }
  return static_cast<std::size_t>(socket.getsockopt(SOL_SOCKET, option)) / 2;
}

// More than /proc/sys/fs/pipe-max-size is refused to those without the privilege.
std::size_t enlarge_pipe_to(FdRef pipe, std::size_t bytes) {
  std::size_t wanted = std::min<std::size_t>(bytes, 1u << 30);
  while (::fcntl(pipe.get(), F_SETPIPE_SZ, static_cast<int>(wanted)) < 0) {
    const int err = errno;
    if (err != EPERM || wanted == 1) throw_errno(err, "enlarge", "a pipe");
    wanted = std::max<std::size_t>(wanted / 2, 1);
  }
  return static_cast<std::size_t>(::fcntl(pipe.get(), F_GETPIPE_SZ));
}

Pipe make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) {
    const int err = errno;
    throw_errno(err, "pipe");
  }
  return {Fd(fds[0]), Fd(fds[1])};
}

}  // namespace

std::pair<End, End> socket_ends(int family, int type) {
  if (family == AF_INET || family == AF_INET6)
    return type == SOCK_STREAM ? tcp_ends(family) : udp_ends(family);
  auto [first, second] = socketpair(family, type);
  first.settimeout(std::nullopt);
  second.settimeout(std::nullopt);
  return {std::move(first), std::move(second)};
}

std::pair<End, End> pipe_ends() {
  Pipe there = make_pipe(), back = make_pipe();
  return {Pipe{std::move(back.reader), std::move(there.writer)},
          Pipe{std::move(there.reader), std::move(back.writer)}};
}

FdRef reader(const End& end) noexcept {
  if (const auto* pipe = std::get_if<Pipe>(&end)) return pipe->reader;
  return *std::get_if<Socket>(&end);
}

FdRef writer(const End& end) noexcept {
  if (const auto* pipe = std::get_if<Pipe>(&end)) return pipe->writer;
  return *std::get_if<Socket>(&end);
}

std::size_t enlarge_end(const End& end, std::size_t bytes) {
  if (const auto* pipe = std::get_if<Pipe>(&end)) return enlarge_pipe_to(pipe->writer, bytes);
  const Socket& socket = std::get<Socket>(end);
  const std::size_t sending = enlarge_buffer(socket, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
  // What waits between Unix sockets is counted at the sender alone.
  if (socket.family() == AF_UNIX) return sending;
  return std::min(sending, enlarge_buffer(socket, SO_RCVBUFFORCE, SO_RCVBUF, bytes));
}

std::unique_ptr<Channel> end_channel(End end, std::string name) {
  if (auto* pipe = std::get_if<Pipe>(&end)) return pipe_channel(std::move(*pipe), std::move(name));
  Socket& socket = std::get<Socket>(end);
  if (socket.type() == SOCK_DGRAM) return datagram_channel(std::move(socket), {}, std::move(name));
  return socket_channel(std::move(socket), std::move(name));
}

}  // namespace sock::io
