// What the tests of this layer share: pairs of ends, and bounded turns of a loop.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "io/loop.hpp"
#include "sock/create.hpp"
#include "sock/fd.hpp"
#include "sock/socket.hpp"

namespace ends {

using namespace std::chrono_literals;

struct Pair {
  sock::Fd a, b;
};

// a reads what is written to b.
inline Pair pipe(int flags = 0) {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC | flags) != 0) throw std::runtime_error("pipe2");
  return {sock::Fd(fds[0]), sock::Fd(fds[1])};
}

inline Pair sockets(int type = SOCK_STREAM, int flags = 0) {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC | flags, 0, fds.data()) != 0)
    throw std::runtime_error("socketpair");
  return {sock::Fd(fds[0]), sock::Fd(fds[1])};
}

// A connected pair of TCP sockets.
inline Pair tcp() {
  sock::Socket listener = sock::create_server("127.0.0.1", 0);
  sock::Socket client = sock::create_connection("127.0.0.1", listener.getsockname().port());
  auto accepted = listener.accept();
  return {sock::Fd(client.detach()), sock::Fd(accepted.first.detach())};
}

// Closes with a reset.
inline void reset(sock::Fd& fd) {
  const linger now{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd.reset();
}

inline sock::Socket adopt(sock::Fd& fd) { return sock::Socket::from_fd(fd.release()); }

inline std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline void put(sock::FdRef fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd.get(), text.data(), text.size());
    if (n < 0) throw std::runtime_error("write");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// One read, for which it waits at most ten seconds; "" at the end.
inline std::string take(sock::FdRef fd) {
  pollfd p{fd.get(), POLLIN, 0};
  if (::poll(&p, 1, 10'000) != 1) throw std::runtime_error("nothing to read in time");
  std::string text(256 * 1024, '\0');
  const ssize_t n = ::read(fd.get(), text.data(), text.size());
  if (n < 0) throw std::runtime_error("read");
  text.resize(static_cast<std::size_t>(n));
  return text;
}

inline std::string take_to_end(sock::FdRef fd) {
  std::string all;
  for (;;) {
    const std::string part = take(fd);
    if (part.empty()) return all;
    all += part;
  }
}

inline bool readable(sock::FdRef fd) {
  pollfd p{fd.get(), POLLIN, 0};
  return ::poll(&p, 1, 0) == 1;
}

// Writes until it would block; leaves O_NONBLOCK set.
inline std::size_t fill(sock::FdRef fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
  const std::string block(64 * 1024, 'x');
  std::size_t total = 0;
  for (;;) {
    const ssize_t n = ::write(fd.get(), block.data(), block.size());
    if (n < 0) return total;
    total += static_cast<std::size_t>(n);
  }
}

inline int flags(sock::FdRef fd) { return ::fcntl(fd.get(), F_GETFL); }

// Runs until stop() is called or nothing is left to wait for; after twenty seconds SIGALRM ends
// the test. (A timer of the loop would itself be something to wait for.)
inline void run(sock::io::Loop& loop) {
  struct Alarm {
    Alarm() { ::alarm(20); }
    ~Alarm() { ::alarm(0); }
  } alarm;
  loop.run();
}

// Lets everything that is ready now be handled.
inline void settle(sock::io::Loop& loop, sock::io::Clock::duration time = 20ms) {
  const auto quiet = loop.after(time, [&loop] { loop.stop(); });
  loop.run();
}

}  // namespace ends
