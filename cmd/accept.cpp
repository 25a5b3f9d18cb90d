#include "cmd/accept.hpp"

#include <linux/can.h>

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

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
    return Connection{std::move(socket), peer, std::move(peer_name)};
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
    return Connection{std::move(listener), peer, std::move(peer_name)};
  } catch (const BlockingIOError&) {
    return std::nullopt;
  }
};

}  // namespace

std::optional<Connection> next_peer(Session& session, io::Observer& observer,
                                    std::vector<wire::Listener>& listeners,
                                    const serve::Access& access,
                                    std::optional<io::Clock::time_point> until) {
  std::optional<Connection> result;
  std::vector<io::Watch> watches;
  const Taker taker{access, observer};
  for (wire::Listener& listener : listeners) {
    for (std::size_t i = 0; i < listener.sockets().size(); ++i) {
      Socket& socket = listener.sockets()[i];
      const auto take = [&result, &session, &taker, &listener, &socket, i](io::Ready) {
        if (result) return true;  // another socket had one in the same turn
        result = listener.datagrams() ? taker.datagrams(socket, listener.names()[i])
                                      : taker.stream(socket, listener.names()[i]);
        if (result) session.stop();
        return true;
      };
      watches.push_back(session.loop().watch(socket, io::Interest::read, "listener", take));
    }
  }
  io::Timer timer;
  if (until) timer = session.loop().at(*until, [&] { session.stop(); });
  session.run();
  session.check();
  if (result) observer.accepted(result->socket, result->name);
  return result;
}

}  // namespace sock::cmd
