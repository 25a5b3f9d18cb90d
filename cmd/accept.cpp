#include "cmd/accept.hpp"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace sock::cmd {
namespace {

std::string name_of(const Address& peer, const Socket& socket, const std::string& listener) {
  std::string name = wire::shown(peer, socket);
  return name.empty() ? "the peer of " + listener : name;  // an unnamed Unix socket
}

// Empty: a false alarm, or the peer has gone again before it was taken.
std::optional<Connection> take_stream(Socket& listener, const std::string& name) try {
  auto accepted = listener.try_accept();
  if (!accepted) return std::nullopt;
  auto& [socket, peer] = *accepted;
  std::string peer_name = name_of(peer, socket, name);
  return Connection{std::move(socket), peer, std::move(peer_name)};
} catch (const ConnectionAbortedError&) {
  return std::nullopt;
}

std::optional<Connection> take_datagrams(Socket& listener, const std::string& name) try {
  std::array<std::byte, 1> first;
  const Address peer = listener.recvfrom_into(first, 0, MSG_PEEK | MSG_DONTWAIT).second;
  std::string peer_name = name_of(peer, listener, name);
  return Connection{std::move(listener), peer, std::move(peer_name)};
} catch (const BlockingIOError&) {
  return std::nullopt;
}

}  // namespace

std::optional<Connection> next_peer(Session& session, io::Observer& observer,
                                    wire::Listener& listener,
                                    std::optional<io::Clock::time_point> until) {
  std::optional<Connection> result;
  std::vector<io::Watch> watches;
  const auto take = listener.datagrams() ? take_datagrams : take_stream;
  for (std::size_t i = 0; i < listener.sockets().size(); ++i) {
    Socket& socket = listener.sockets()[i];
    watches.push_back(
        session.loop().watch(socket, io::Interest::read, "listener", [&, i](io::Ready) {
          if (result) return true;  // another socket had one in the same turn
          result = take(listener.sockets()[i], listener.names()[i]);
          if (result) session.stop();
          return result.has_value();
        }));
  }
  io::Timer timer;
  if (until) timer = session.loop().at(*until, [&] { session.stop(); });
  session.run();
  session.check();
  if (result) observer.accepted(result->socket, result->name);
  return result;
}

}  // namespace sock::cmd
