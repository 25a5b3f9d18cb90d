#include "cmd/accept.hpp"

#include <linux/can.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "wire/tls_channel.hpp"
#include "wire/tls_visitors.hpp"

namespace sock::cmd {
namespace {

std::string name_of(const Address& peer, const Socket& socket, const std::string& listener) {
  // The system does not tell its identifiers.
  if (socket.family() == AF_CAN && socket.proto() == CAN_ISOTP) return listener;
  std::string name = wire::shown(peer, socket);
  return name.empty() ? "the peer of " + listener : name;  // an unnamed Unix socket
}

struct Taker {
  const serve::Access& access;
  io::Observer& observer;

  bool lets_in(const Address& peer, const std::string& name, const std::string& listener) const {
    if (access.allows(peer)) return true;
    observer.denied(name, listener, "not allowed");
    return false;
  }

  // Empty: a false alarm, the peer has gone again before it was taken, or it may not come.
  std::optional<Connection> stream(Socket& listener, const std::string& name) const try {
    auto accepted = listener.try_accept();
    if (!accepted) return std::nullopt;
    auto& [socket, peer] = *accepted;
    std::string peer_name = name_of(peer, socket, name);
    if (!lets_in(peer, peer_name, name)) return std::nullopt;
    return Connection{std::move(socket), peer, std::move(peer_name), nullptr};
  } catch (const ConnectionAbortedError&) {
    return std::nullopt;
  }

  std::optional<Connection> datagrams(Socket& listener, const std::string& name) const try {
    std::array<std::byte, 1> first;
    const Address peer = listener.recvfrom_into(first, 0, MSG_PEEK | MSG_DONTWAIT).second;
    std::string peer_name = name_of(peer, listener, name);
    if (!lets_in(peer, peer_name, name)) {
      listener.recvfrom_into(first, 0, MSG_DONTWAIT);
      return std::nullopt;
    }
    return Connection{std::move(listener), peer, std::move(peer_name), nullptr};
  } catch (const BlockingIOError&) {
    return std::nullopt;
  }
};

// Where clients of TLS over datagrams come to.
class Door {
 public:
  Door(const Taker& taker, Socket socket, std::string name, const wire::TlsContext& context)
      : taker_(taker), name_(std::move(name)) {
    auto visitors = std::make_unique<wire::TlsVisitors>(
        std::move(socket), name_, [this](const Address& peer) { return lets_in(peer); });
    visitors_ = visitors.get();
    channel_ = std::make_unique<wire::TlsChannel>(context, std::move(visitors));
  }

  FdRef fd() const noexcept { return visitors_->read_fd(); }

  std::optional<Connection> next() {
    if (!channel_->try_admit()) return std::nullopt;
    Connection connection{{}, visitors_->last(), name_of(visitors_->last()), std::move(channel_)};
    taker_.observer.accepted(visitors_->socket(), connection.name, 1);
    visitors_->stay(connection.name);
    return connection;
  }

 private:
  std::string name_of(const Address& peer) const {
    return cmd::name_of(peer, visitors_->socket(), name_);
  }
  bool lets_in(const Address& peer) const { return taker_.lets_in(peer, name_of(peer), name_); }

  const Taker& taker_;
  std::string name_;
  std::unique_ptr<wire::TlsChannel> channel_;
  wire::TlsVisitors* visitors_ = nullptr;  // its transport
};

}  // namespace

std::optional<Connection> next_peer(Session& session, io::Observer& observer,
                                    std::vector<wire::Listener>& listeners,
                                    const serve::Access& access, const Tls* tls,
                                    std::optional<io::Clock::time_point> until) {
  std::optional<Connection> result;
  std::vector<std::unique_ptr<Door>> doors;
  std::vector<io::Watch> watches;
  const Taker taker{access, observer};
  const auto watch = [&](FdRef fd, const std::function<std::optional<Connection>()>& take) {
    const auto on_ready = [&result, &session, take](io::Ready) {
      if (result) return true;  // another socket had one in the same turn
      result = take();
      if (result) session.stop();
      return true;
    };
    watches.push_back(session.loop().watch(fd, io::Interest::read, "listener", on_ready));
  };
  for (wire::Listener& listener : listeners) {
    for (std::size_t i = 0; i < listener.sockets().size(); ++i) {
      Socket& socket = listener.sockets()[i];
      const std::string& name = listener.names()[i];
      if (listener.datagrams() && tls) {
        Door& door = *doors.emplace_back(
            std::make_unique<Door>(taker, std::move(socket), name, tls->context));
        watch(door.fd(), [&door] { return door.next(); });
      } else if (listener.datagrams()) {
        watch(socket, [&] { return taker.datagrams(socket, name); });
      } else {
        watch(socket, [&] { return taker.stream(socket, name); });
      }
    }
  }
  io::Timer timer;
  if (until) timer = session.loop().at(*until, [&] { session.stop(); });
  session.run();
  session.check();
  if (result && !result->greeted) observer.accepted(result->socket, result->name, 1);
  return result;
}

}  // namespace sock::cmd
