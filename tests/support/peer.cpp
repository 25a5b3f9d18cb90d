#include "support/peer.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace support {
namespace {

constexpr auto patience = std::chrono::seconds(20);

std::size_t checked(ssize_t result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return static_cast<std::size_t>(result);
}

void bound_waits(int fd) {
  const timeval limit{patience.count(), 0};
  checked(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "SO_RCVTIMEO");
  checked(::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), "SO_SNDTIMEO");
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

sock::Fd stream() {
  sock::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  checked(fd.get(), "socket");
  bound_waits(fd.get());
  return fd;
}

std::uint16_t bind_any_port(int fd) {
  sockaddr_in address = loopback(0);
  checked(::bind(fd, generic(address), sizeof address), "bind");
  socklen_t size = sizeof address;
  checked(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

}  // namespace

std::unique_ptr<Peer> Peer::server(std::vector<Step> script) {
  sock::Fd fd = stream();
  const std::uint16_t port = bind_any_port(fd.get());
  checked(::listen(fd.get(), 16), "listen");
  return std::unique_ptr<Peer>(new Peer(std::move(fd), port, true, std::move(script)));
}

std::unique_ptr<Peer> Peer::client(std::uint16_t port, std::vector<Step> script) {
  sock::Fd fd = stream();
  const sockaddr_in address = loopback(port);
  checked(::connect(fd.get(), generic(address), sizeof address), "connect");
  return std::unique_ptr<Peer>(new Peer(std::move(fd), port, false, std::move(script)));
}

Peer::Peer(sock::Fd fd, std::uint16_t port, bool listening, std::vector<Step> script)
    : socket_(std::move(fd)), port_(port) {
  thread_ = std::thread([this, listening, script = std::move(script)] { play(listening, script); });
}

Peer::~Peer() {
  if (!thread_.joinable()) return;
  proceed();
  ::shutdown(socket_.get(), SHUT_RDWR);
  thread_.join();
}

void Peer::play(bool listening, const std::vector<Step>& script) {
  try {
    if (listening) {
      const int fd = ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      checked(fd, "accept");
      bound_waits(fd);
      socket_.reset(fd);
    }
    for (const Step& step : script) step(*this);
  } catch (...) {
    error_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  over_ = true;
  changed_.notify_all();
}

void Peer::proceed() {
  const std::lock_guard lock(mutex_);
  ++proceeds_;
  changed_.notify_all();
}

std::string Peer::finish() {
  if (thread_.joinable()) thread_.join();
  socket_.reset();
  if (error_) std::rethrow_exception(error_);
  return received_;
}

void Peer::wait_for_bytes(std::size_t bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return over_ || received_.size() >= bytes; });
  if (received_.size() < bytes) throw std::runtime_error("the peer has not read so much");
}

void Peer::note(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  received_ += bytes;
  changed_.notify_all();
}

Step Steps::read(std::size_t bytes) {
  return [bytes](Peer& peer) {
    std::string buffer(std::min<std::size_t>(bytes, 256 * 1024), '\0');
    for (std::size_t left = bytes; left > 0;) {
      const auto n = checked(
          ::recv(peer.socket_.get(), buffer.data(), std::min(left, buffer.size()), 0), "recv");
      if (n == 0) throw std::runtime_error("the peer was told of the end too early");
      peer.note({buffer.data(), n});
      left -= n;
    }
  };
}

Step Steps::read_to_end() {
  return [](Peer& peer) {
    std::string buffer(256 * 1024, '\0');
    while (const auto n =
               checked(::recv(peer.socket_.get(), buffer.data(), buffer.size(), 0), "recv"))
      peer.note({buffer.data(), n});
  };
}

Step Steps::read_slowly(std::size_t bytes) {
  return [bytes](Peer& peer) {
    const int small = 64 * 1024;  // no smaller than a segment, or the kernel stalls
    checked(::setsockopt(peer.socket_.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small),
            "SO_RCVBUF");
    for (std::size_t i = 0; i < bytes; ++i) {
      char byte;
      if (checked(::recv(peer.socket_.get(), &byte, 1, 0), "recv") == 0)
        throw std::runtime_error("the peer was told of the end too early");
      peer.note({&byte, 1});
    }
  };
}

Step Steps::write(std::string_view text) {
  return [text = std::string(text)](Peer& peer) {
    for (std::string_view rest = text; !rest.empty();)
      rest.remove_prefix(
          checked(::send(peer.socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL), "send"));
  };
}

Step Steps::write_until_refused() {
  return [](Peer& peer) {
    const std::string text(64 * 1024, 'x');
    while (::send(peer.socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) >= 0) {
    }
    const int err = errno;
    if (err != EPIPE && err != ECONNRESET)
      throw std::system_error(err, std::generic_category(), "the peer was not told");
  };
}

Step Steps::half_close() {
  return [](Peer& peer) { checked(::shutdown(peer.socket_.get(), SHUT_WR), "shutdown"); };
}

Step Steps::close() {
  return [](Peer& peer) { peer.socket_.reset(); };
}

Step Steps::reset() {
  return [](Peer& peer) {
    const linger now{1, 0};
    checked(::setsockopt(peer.socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now), "SO_LINGER");
    peer.socket_.reset();
  };
}

Step Steps::stall() {
  return [](Peer& peer) {
    std::unique_lock lock(peer.mutex_);
    if (!peer.changed_.wait_for(lock, patience, [&] { return peer.proceeds_ > 0; }))
      throw std::runtime_error("the peer was never told to go on");
    --peer.proceeds_;
  };
}

Step Steps::quiet(std::chrono::milliseconds time, bool& told) {
  return [time, &told](Peer& peer) {
    pollfd wait{peer.socket_.get(), POLLIN | POLLRDHUP, 0};
    told = checked(::poll(&wait, 1, static_cast<int>(time.count())), "poll") > 0;
  };
}

Step Steps::pause(std::chrono::milliseconds time) {
  return [time](Peer&) { std::this_thread::sleep_for(time); };
}

std::uint16_t free_port() {
  const sock::Fd fd = stream();
  return bind_any_port(fd.get());
}

ClosedPort::ClosedPort() : socket_(stream()), port_(bind_any_port(socket_.get())) {}

FullListener::FullListener() : socket_(stream()), port_(bind_any_port(socket_.get())) {
  checked(::listen(socket_.get(), 0), "listen");
  const sockaddr_in address = loopback(port_);
  for (;;) {  // until an attempt is not answered at once, as loopback always does
    sock::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    checked(fd.get(), "socket");
    (void)::connect(fd.get(), generic(address), sizeof address);
    pollfd wait{fd.get(), POLLOUT, 0};
    const bool answered = checked(::poll(&wait, 1, 200), "poll") > 0;
    queue_.push_back(std::move(fd));
    if (!answered) return;
  }
}

}  // namespace support
